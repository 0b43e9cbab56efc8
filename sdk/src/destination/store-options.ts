import { z } from 'zod';

/** Options of all our destinations. Spread them into the config schema; `order` puts them after its own. */
export const storeOptions = {
  source: z.string().min(1).max(200).optional().meta({
    title: 'Source name',
    description:
      'The name under which records and states are filed. Without it what the source calls itself, the one namespace that all streams share, or default. Inside Airbyte set it per connection.',
    order: 100,
  }),
  commit_seconds: z.number().min(0).default(10).meta({
    title: 'Commit interval (seconds)',
    description: 'How long a state may wait before what it covers is made durable.',
    order: 101,
  }),
  commit_mb: z.number().min(0).default(64).meta({
    title: 'Commit size (MB)',
    description: 'How much input may wait together with a state before both are made durable.',
    order: 102,
  }),
  on_count_mismatch: z.enum(['fail', 'warn']).default('fail').meta({
    title: 'When counts differ',
    description:
      'fail: a stream of which more or fewer records arrived than its source counted is kept at its last good state, and the run fails; warn: only say so.',
    order: 103,
  }),
  run_id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/)
    .optional()
    .meta({
      title: 'Run id',
      description: 'Names a run in what it writes. Without it one is made from time and randomness.',
      pattern_descriptor: 'letters, digits, dots, dashes and underscores',
      order: 104,
    }),
  state_scope: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,100}$/)
    .default('main')
    .meta({
      title: 'State scope',
      description: 'Under which name states are committed; a backfill has one of its own.',
      airbyte_hidden: true,
      order: 105,
    }),
};

/** The values of these options, validated, with defaults. */
export type StoreConfig = z.output<z.ZodObject<typeof storeOptions>>;
