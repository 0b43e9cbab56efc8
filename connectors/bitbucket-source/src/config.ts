import { z } from 'zod';
import { credentials } from './credentials.ts';

const HTTP_URL = /^https?:\/\/[^\s/]+.*$/;

const DATE_TIME =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2}))?$/;

/** The configuration of bitbucket-source: the form in Airbyte, the validation of a config file, and the type in the code. */
export const config = z.object({
  credentials: credentials.meta({ title: 'Credentials', description: 'how to sign in', order: 0 }),
  workspaces: z.array(z.string().min(1)).optional().meta({
    title: 'Workspaces',
    description:
      'slugs of the workspaces to read, or patterns such as team-*; if empty, those of repositories, or all that the credential can see',
    order: 1,
  }),
  repositories: z.array(z.string().min(1)).optional().meta({
    title: 'Repositories',
    description:
      'repositories to read, as workspace/repository; patterns such as acme/web-* are allowed; if empty, all of the workspaces',
    order: 2,
  }),
  excluded_repositories: z.array(z.string().min(1)).optional().meta({
    title: 'Excluded repositories',
    description: 'repositories to leave out, as workspace/repository; patterns are allowed',
    order: 3,
  }),
  start_date: z.string().regex(DATE_TIME).optional().meta({
    title: 'Start date',
    description:
      'the first sync reads pull requests updated and pipelines created since then; if empty, everything. Commits are always read completely',
    format: 'date-time',
    pattern_descriptor: '2024-01-01T00:00:00Z',
    order: 4,
  }),
  safety_window_minutes: z.number().int().min(1).default(60).meta({
    title: 'Safety window (minutes)',
    description: 'how late a list may show a change; each sync reads this much of the past again',
    order: 5,
  }),
  lookback_days: z.number().int().min(0).default(14).meta({
    title: 'Days to look back',
    description:
      'some changes are not shown by any list: late comments and approvals, pipelines that are run again. What was updated in this many days is read again, and sent if it changed',
    order: 6,
  }),
  concurrency: z.number().int().min(1).max(32).default(8).meta({
    title: 'Concurrency',
    description:
      'how many requests run at a time; if Bitbucket throttles, the source slows down automatically',
    order: 7,
  }),
  requests_per_hour: z.number().int().min(1).optional().meta({
    title: 'Requests per hour',
    description:
      'the most requests per hour, if others use the same credential; if empty, as many as Bitbucket allows',
    order: 8,
  }),
  base_url: z.string().regex(HTTP_URL).default('https://api.bitbucket.org').meta({
    title: 'Server',
    description: 'the address of the API',
    format: 'uri',
    pattern_descriptor: 'https://api.bitbucket.org',
    order: 9,
  }),
  auth_url: z.string().regex(HTTP_URL).default('https://bitbucket.org').meta({
    title: 'Authorization server',
    description: 'the server that issues OAuth tokens; for tests',
    airbyte_hidden: true,
    order: 10,
  }),
});

export type Config = z.infer<typeof config>;

/** The start of the first sync in ms since 1970, or undefined to read everything. */
export const startOf = ({ start_date }: Config): number | undefined =>
  start_date === undefined ? undefined : Date.parse(start_date);
