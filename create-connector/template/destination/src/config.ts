import { storeOptions } from '@headrace/sdk/destination';
import { z } from 'zod';

/** What a user configures: the form in Airbyte, the check of a config file and the type here, all of it. */
export const config = z.object({
  path: z
    .string()
    .min(1)
    .meta({
      title: 'Database',
      description: 'the SQLite file that the records go to; it is made if it is not there',
      examples: ['./records.sqlite'],
      order: 0,
    }),
  // `source`, `commit_seconds` and what else every destination has.
  ...storeOptions,
});

export type Config = z.infer<typeof config>;
