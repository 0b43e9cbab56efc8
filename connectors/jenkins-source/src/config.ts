import { z } from 'zod';

const HTTP_URL = /^https?:\/\/[^\s/]+.*$/;

const DATE_TIME =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2}))?$/;

const apiToken = z
  .object({
    auth_type: z.literal('api_token'),
    username: z.string().min(1).meta({
      title: 'User',
      description: 'the id of the Jenkins user',
      order: 1,
    }),
    api_token: z.string().min(1).meta({
      title: 'API token',
      description: 'create one in Jenkins: your name › Security › API Token',
      airbyte_secret: true,
      order: 2,
    }),
  })
  .meta({ title: 'API token', description: 'a user’s API token' });

const none = z
  .object({ auth_type: z.literal('none') })
  .meta({ title: 'None', description: 'for a Jenkins that everybody may read' });

/** The ways to sign in. */
const credentials = z.discriminatedUnion('auth_type', [apiToken, none]);

/** The configuration of jenkins-source: the form in Airbyte, the validation of a config file, and the type in the code. */
export const config = z.object({
  base_url: z.string().regex(HTTP_URL).meta({
    title: 'Address',
    description: 'the address of Jenkins in the browser, with its path if it has one',
    format: 'uri',
    pattern_descriptor: 'https://ci.acme.com/jenkins',
    order: 0,
  }),
  credentials: credentials.meta({ title: 'Credentials', description: 'how to sign in', order: 1 }),
  jobs: z.array(z.string().min(1)).optional().meta({
    title: 'Jobs',
    description:
      'full names of the jobs to read, with * for a part of a name and ** for any folders, e.g. team/**; if empty, all that the account can see',
    order: 2,
  }),
  excluded_jobs: z.array(z.string().min(1)).optional().meta({
    title: 'Excluded jobs',
    description: 'full names of jobs and folders to leave out, with * and ** as above',
    order: 3,
  }),
  start_date: z.string().regex(DATE_TIME).optional().meta({
    title: 'Start date',
    description: 'builds that began before it are not read; if empty, all builds',
    format: 'date-time',
    pattern_descriptor: '2024-01-01T00:00:00Z',
    order: 4,
  }),
  include_changesets: z.boolean().default(true).meta({
    title: 'Change sets',
    description:
      'the commits of each build; Jenkins looks up their authors, and creates users that it does not know',
    order: 5,
  }),
  include_culprits: z.boolean().default(false).meta({
    title: 'Culprits',
    description:
      'who may have broken a build; Jenkins looks them up, creates users that it does not know, and leaves builds out of its lists if it fails',
    order: 6,
  }),
  complete_builds: z.boolean().default(false).meta({
    title: 'Complete builds',
    description:
      'ask for each new build by itself, with all that plugins say about it: one more request for each build',
    order: 7,
  }),
  concurrency: z.number().int().min(1).max(32).default(4).meta({
    title: 'Concurrency',
    description: 'how many requests run at a time',
    order: 8,
  }),
});

export type Config = z.infer<typeof config>;

/** The start of the first sync in ms since 1970, or undefined to read everything. */
export const startOf = ({ start_date }: Config): number | undefined =>
  start_date === undefined ? undefined : Date.parse(start_date);
