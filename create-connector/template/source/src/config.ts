import { z } from 'zod';

/** The user's configuration: the form in Airbyte, the validation of a config file, and the type in the code. */
export const config = z.object({
  base_url: z
    .string()
    .regex(/^https?:\/\/[^\s/]+.*$/)
    .meta({
      title: 'Address',
      description: 'the address of the API, e.g. https://api.acme.example',
      format: 'uri',
      pattern_descriptor: 'https://api.acme.example',
      order: 0,
    }),
  api_token: z.string().min(1).meta({
    title: 'API token',
    description: 'create one at acme.example › Settings › API',
    airbyte_secret: true,
    order: 1,
  }),
  start_date: z
    .string()
    .regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/)
    .optional()
    .meta({
      title: 'Start date',
      description: 'the first sync reads records updated since then; if empty, all records',
      format: 'date-time',
      pattern_descriptor: '2024-01-01T00:00:00Z',
      order: 2,
    }),
  safety_window_minutes: z.number().int().min(1).default(10).meta({
    title: 'Safety window (minutes)',
    description: 'how long the API may take to list a change; each sync reads this much of the past again',
    order: 3,
  }),
});

export type Config = z.infer<typeof config>;
