import { z } from 'zod';

const secret = (title: string, description: string, order: number) =>
  z.string().min(1).meta({ title, description, airbyte_secret: true, order });

const apiToken = z
  .object({
    auth_type: z.literal('api_token'),
    email: z
      .string()
      .min(1)
      .meta({ title: 'E-mail', description: 'the e-mail address of the Atlassian account', order: 1 }),
    api_token: secret('API token', 'create one at id.atlassian.com › Security › API tokens', 2),
  })
  .meta({ title: 'API token' });

const DATE_TIME =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2}))?$/;

/** jira-source's configuration: the form in Airbyte, the check of a config file, the type here. */
export const config = z.object({
  base_url: z
    .string()
    .regex(/^https?:\/\/[^\s/]+.*$/)
    .meta({
      title: 'Site',
      description: 'the address of your Jira site, e.g. https://acme.atlassian.net',
      pattern_descriptor: 'https://acme.atlassian.net',
      order: 0,
    }),
  credentials: z
    .discriminatedUnion('auth_type', [apiToken])
    .meta({ title: 'Credentials', description: 'how to sign in', order: 1 }),
  projects: z.array(z.string().min(1)).optional().meta({
    title: 'Projects',
    description: 'keys of the projects to read; empty: all that the account can see',
    order: 2,
  }),
  excluded_projects: z
    .array(z.string().min(1))
    .optional()
    .meta({ title: 'Excluded projects', description: 'keys of projects to leave out', order: 3 }),
  start_date: z.string().regex(DATE_TIME).optional().meta({
    title: 'Start date',
    description: 'the first sync reads issues updated since then; empty: everything',
    format: 'date-time',
    pattern_descriptor: '2024-01-01T00:00:00Z',
    order: 4,
  }),
  safety_window_minutes: z.number().int().min(1).default(30).meta({
    title: 'Safety window (minutes)',
    description:
      'how long the search index may lag: what changed so shortly before a sync is read again by the next one',
    order: 5,
  }),
  fields: z.array(z.string().min(1)).default(['*all']).meta({
    title: 'Issue fields',
    description: 'fields of an issue to read, as the search API takes them',
    order: 6,
  }),
  expand: z
    .array(z.enum(['renderedFields', 'changelog', 'transitions']))
    .default([])
    .meta({ title: 'Expand', description: 'further parts of an issue to read with it', order: 7 }),
  concurrency: z.number().int().min(1).max(32).default(8).meta({
    title: 'Concurrency',
    description: 'how many requests may be under way at a time; throttling slows them down by itself',
    order: 8,
  }),
});

export type Config = z.infer<typeof config>;
