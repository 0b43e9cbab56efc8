import { z } from 'zod';

/** The reference source's configuration: what a source usually asks for. */
export const config = z.object({
  base_url: z
    .string()
    .regex(/^https?:\/\/[^\s/]+.*$/)
    .meta({ title: 'Address', description: 'the address of the API', order: 0 }),
  token: z
    .string()
    .min(1)
    .optional()
    .meta({ title: 'Token', description: 'the bearer token of the API', airbyte_secret: true, order: 1 }),
  client_id: z
    .string()
    .min(1)
    .default('test-client')
    .meta({ title: 'Client', description: 'the OAuth client, with a refresh token', order: 10 }),
  client_secret: z
    .string()
    .min(1)
    .optional()
    .meta({ title: 'Client secret', description: 'of the OAuth client', airbyte_secret: true, order: 11 }),
  refresh_token: z.string().min(1).optional().meta({
    title: 'Refresh token',
    description: 'in the place of a token',
    airbyte_secret: true,
    order: 12,
  }),
  safety_window_minutes: z
    .number()
    .int()
    .min(1)
    .default(5)
    .meta({ title: 'Safety window (minutes)', description: 'how long the index may lag', order: 2 }),
  concurrency: z
    .number()
    .int()
    .min(1)
    .max(256)
    .default(8)
    .meta({ title: 'Concurrency', description: 'requests under way at a time', order: 3 }),
  requests_per_second: z
    .number()
    .positive()
    .optional()
    .meta({ title: 'Requests per second', description: 'at most; empty: what the API allows', order: 4 }),
});

export type Config = z.infer<typeof config>;
