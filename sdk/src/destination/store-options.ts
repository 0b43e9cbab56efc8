import { z } from 'zod';

/** Options of all our destinations. Spread them into the config schema; `order` puts them after its own. */
export const storeOptions = {
  source: z.string().min(1).max(200).optional().meta({
    title: 'Source name',
    description:
      'The name under which records and states are stored. Default: what the source calls itself, or the namespace that all streams share, or “default”. In Airbyte, set it for each connection.',
    order: 100,
  }),
  commit_seconds: z.number().min(0).default(10).meta({
    title: 'Commit interval (seconds)',
    description: 'How long a state may wait for a commit.',
    order: 101,
  }),
  commit_mb: z.number().min(0).default(64).meta({
    title: 'Commit size (MB)',
    description: 'How much input may wait for a commit.',
    order: 102,
  }),
  on_count_mismatch: z.enum(['fail', 'warn']).default('fail').meta({
    title: 'When counts differ',
    description:
      'What to do if more or fewer records of a stream arrive than its source has counted. fail: keep the stream at its last good state, and fail. warn: only log it.',
    order: 103,
  }),
  run_id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/)
    .optional()
    .meta({
      title: 'Run id',
      description: 'Identifies the run in what it writes. Default: made from time and randomness.',
      pattern_descriptor: 'letters, digits, dots, dashes and underscores',
      order: 104,
    }),
  state_scope: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,100}$/)
    .default('main')
    .meta({
      title: 'State scope',
      description: 'The name under which states are stored. A backfill has its own.',
      airbyte_hidden: true,
      order: 105,
    }),
};

/** The values of these options, validated, with defaults. */
export type StoreConfig = z.output<z.ZodObject<typeof storeOptions>>;
