import { z } from 'zod';
import { credentials } from './credentials.ts';

const HTTP_URL = /^https?:\/\/[^\s/]+.*$/;

const DATE_TIME =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2}))?$/;

/** The configuration of jira-source: the form in Airbyte, the validation of a config file, and the type in the code. */
export const config = z.object({
  base_url: z.string().regex(HTTP_URL).meta({
    title: 'Site',
    description: 'the address of your Jira site, e.g. https://acme.atlassian.net',
    format: 'uri',
    pattern_descriptor: 'https://acme.atlassian.net',
    order: 0,
  }),
  credentials: credentials.meta({ title: 'Credentials', description: 'how to sign in', order: 1 }),
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
  users: z.enum(['referenced', 'all']).default('referenced').meta({
    title: 'Users',
    description:
      'referenced: the accounts that occur on what is read, each once; all: every account of the site, each time',
    order: 8,
  }),
  dev_status_lookback_days: z.number().int().min(0).default(14).meta({
    title: 'Development panels: days to look back',
    description:
      'a panel changes without its issue: those of issues updated in so many days are asked for again, and sent where they changed',
    order: 9,
  }),
  concurrency: z.number().int().min(1).max(32).default(8).meta({
    title: 'Concurrency',
    description: 'how many requests may be under way at a time; throttling slows them down by itself',
    order: 10,
  }),
  former_base_url: z.string().regex(HTTP_URL).optional().meta({
    title: 'Former site',
    description:
      'the address under which the site was known before it was renamed: states of it are carried over; empty: none',
    format: 'uri',
    pattern_descriptor: 'https://acme-old.atlassian.net',
    order: 11,
  }),
  gateway_url: z.string().regex(HTTP_URL).default('https://api.atlassian.com').meta({
    title: 'Gateway',
    description: 'where scoped tokens and OAuth are taken; for tests',
    airbyte_hidden: true,
    order: 12,
  }),
  auth_url: z.string().regex(HTTP_URL).default('https://auth.atlassian.com').meta({
    title: 'Authorization server',
    description: 'where OAuth gives out tokens; for tests',
    airbyte_hidden: true,
    order: 13,
  }),
});

export type Config = z.infer<typeof config>;

/** The start of the first sync in ms since 1970, or undefined to read everything. */
export const startOf = ({ start_date }: Config): number | undefined =>
  start_date === undefined ? undefined : Date.parse(start_date);
