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
    description: 'keys of the projects to read; if empty, all that the account can see',
    order: 2,
  }),
  excluded_projects: z
    .array(z.string().min(1))
    .optional()
    .meta({ title: 'Excluded projects', description: 'keys of projects to leave out', order: 3 }),
  start_date: z.string().regex(DATE_TIME).optional().meta({
    title: 'Start date',
    description: 'the first sync reads issues updated since then; if empty, all issues',
    format: 'date-time',
    pattern_descriptor: '2024-01-01T00:00:00Z',
    order: 4,
  }),
  safety_window_minutes: z.number().int().min(1).default(30).meta({
    title: 'Safety window (minutes)',
    description: 'how long the search index may lag; each sync reads this much of the past again',
    order: 5,
  }),
  fields: z.array(z.string().min(1)).default(['*all']).meta({
    title: 'Issue fields',
    description: 'issue fields to read, in the format of the search API',
    order: 6,
  }),
  expand: z
    .array(z.enum(['renderedFields', 'changelog', 'transitions']))
    .default([])
    .meta({ title: 'Expand', description: 'additional parts to read with each issue', order: 7 }),
  users: z.enum(['referenced', 'all']).default('referenced').meta({
    title: 'Users',
    description:
      'referenced: accounts that other records refer to, once each; all: every account of the site, each time',
    order: 8,
  }),
  dev_status_lookback_days: z.number().int().min(0).default(14).meta({
    title: 'Development panels: days to look back',
    description:
      'panels change without their issue being updated, so the panels of issues updated in this many days are read again, and sent if they changed',
    order: 9,
  }),
  concurrency: z.number().int().min(1).max(32).default(8).meta({
    title: 'Concurrency',
    description: 'how many requests run at a time; if Jira throttles, the source slows down automatically',
    order: 10,
  }),
  former_base_url: z.string().regex(HTTP_URL).optional().meta({
    title: 'Former site',
    description:
      'the address of the site before it was renamed, so that its states remain valid; empty if it was not',
    format: 'uri',
    pattern_descriptor: 'https://acme-old.atlassian.net',
    order: 11,
  }),
  gateway_url: z.string().regex(HTTP_URL).default('https://api.atlassian.com').meta({
    title: 'Gateway',
    description: 'the server that accepts scoped tokens and OAuth; for tests',
    airbyte_hidden: true,
    order: 12,
  }),
  auth_url: z.string().regex(HTTP_URL).default('https://auth.atlassian.com').meta({
    title: 'Authorization server',
    description: 'the server that issues OAuth tokens; for tests',
    airbyte_hidden: true,
    order: 13,
  }),
});

export type Config = z.infer<typeof config>;

/** The start of the first sync in ms since 1970, or undefined to read everything. */
export const startOf = ({ start_date }: Config): number | undefined =>
  start_date === undefined ? undefined : Date.parse(start_date);
