import { z } from 'zod';

const config = z.record(z.string(), z.unknown()).meta({
  description:
    "the connector's configuration, see its spec; strings may hold ${ENV}, ${tenant} and ${secret:name.key}",
});
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const name = z.string().regex(NAME);

/** A stream of a job that is more than a name. */
export const choiceSchema = z.strictObject({
  name: z.string().min(1),
  namespace: z.string().optional(),
  sync_mode: z
    .enum(['full_refresh', 'incremental'])
    .optional()
    .meta({ description: 'incremental where the stream can' }),
  destination_sync_mode: z.enum(['append', 'overwrite', 'append_dedup']).optional().meta({
    description: 'overwrite for full-refresh streams where the destination can, else append',
  }),
  cursor_field: z.array(z.string()).optional(),
  primary_key: z.array(z.array(z.string())).optional(),
});

const connector = z.string().min(1).meta({
  description:
    'a path, docker://image:tag, pip://package==version, singer://tap-…, a bin of an installed npm package or a program on the PATH',
});
const volumes = z
  .array(z.string().regex(/^[^:-][^:]*:[^:]+(:ro)?$/))
  .meta({ description: 'host:container folders for a docker:// connector' });
const memory = z
  .string()
  .regex(/^[1-9][0-9]*[bkmg]?$/i)
  .meta({ description: 'the memory of a docker:// connector, e.g. 2g; no limit' });
const env = z.array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/)).meta({
  description:
    'variables of the environment to pass on, e.g. AWS_PROFILE; what every connector gets is in the README',
});

const source = z.strictObject({
  connector: connector.optional(),
  config: config.optional(),
  volumes: volumes.optional(),
  memory: memory.optional(),
  env: env.optional(),
  streams: z
    .array(z.union([z.string().min(1), choiceSchema]))
    .min(1)
    .optional()
    .meta({ description: 'what to read; all streams where it is left out' }),
});
const destination = z.strictObject({
  connector: connector.optional(),
  config: config.optional(),
  volumes: volumes.optional(),
  memory: memory.optional(),
  env: env.optional(),
});

const when = {
  on: z
    .array(z.enum(['failed', 'partial', 'zero_rows', 'row_count']))
    .min(1)
    .optional()
    .meta({
      description:
        'failed, partial; zero_rows: a complete run without records; row_count: a stream far from what its last 14 runs had',
    }),
  stale_hours: z
    .number()
    .positive()
    .optional()
    .meta({ description: 'also if the job has not completed for so many hours; serve looks' }),
};
const url = z.string().min(1).meta({ description: 'e.g. ${secret:slack.url}' });
const alert = z.discriminatedUnion('to', [
  z.strictObject({
    to: z.literal('command'),
    command: z
      .array(z.string())
      .min(1)
      .meta({ description: 'a program and its arguments; it gets the alert as JSON' }),
    ...when,
  }),
  z.strictObject({ to: z.literal('webhook'), url, ...when }),
  z.strictObject({ to: z.literal('slack'), url, ...when }),
  z.strictObject({ to: z.literal('teams'), url, ...when }),
  z.strictObject({
    to: z.literal('email'),
    from: z.string().min(1),
    recipients: z.array(z.string().min(1)).min(1),
    smtp: z.strictObject({
      host: z.string().min(1),
      port: z
        .int()
        .positive()
        .max(65_535)
        .optional()
        .meta({ description: '587; 465 with tls, 25 with none' }),
      username: z.string().optional(),
      password: z.string().optional(),
      encryption: z.enum(['none', 'starttls', 'tls']).optional().meta({ description: 'starttls' }),
    }),
    ...when,
  }),
]);

/** Every key that may stand in `defaults` and in a job. */
export const jobSchema = z.strictObject({
  source: source.optional(),
  destination: destination.optional(),
  retries: z
    .int()
    .min(0)
    .max(20)
    .optional()
    .meta({ description: 'how often a run that failed for a passing reason is tried again; 3' }),
  retry_delay_seconds: z
    .number()
    .min(0)
    .max(3600)
    .optional()
    .meta({ description: 'the wait before the first retry, it doubles; 2' }),
  requests_per_second: z.number().positive().max(10_000).optional().meta({
    description:
      'how many requests the source may send; jobs with the same host and credential share them, over all processes of this machine',
  }),
  timeout_minutes: z
    .number()
    .positive()
    .optional()
    .meta({ description: 'how many minutes one attempt may take, and each call before it; no limit' }),
  stall_minutes: z.number().positive().optional().meta({
    description:
      'after how many minutes without progress an attempt is ended; 180. What a throttled source waits does not count',
  }),
  schedule: z.string().min(1).optional().meta({ description: 'cron: minute hour day month weekday' }),
  timezone: z.string().optional().meta({ description: 'of the schedule, e.g. Europe/Berlin; UTC' }),
  priority: z.enum(['critical', 'high', 'normal', 'low']).optional().meta({ description: 'normal' }),
  alerts: z.array(alert).optional().meta({ description: 'whom to tell if something is wrong' }),
});

/** A jobs file, as it is written; `specs/jobs.schema.json` is made from it. */
export const jobsSchema = z.strictObject({
  tenant: name.optional().meta({ description: 'whose jobs these are; default' }),
  defaults: jobSchema.optional().meta({ description: 'for every job of the file' }),
  jobs: z.record(name, jobSchema),
});

/** A jobs file as it is written. */
export type JobsFile = z.infer<typeof jobsSchema>;
/** A job, or the defaults, as written. */
export type WrittenJob = z.infer<typeof jobSchema>;
