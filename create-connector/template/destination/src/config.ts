import { z } from 'zod';

/** What a user configures: the form in Airbyte, the check of a config file and the type here, all of it. */
export const config = z.object({
  path: z
    .string()
    .min(1)
    .meta({
      title: 'Folder',
      description: 'where the records go: one file of JSON lines a stream',
      examples: ['./records'],
      order: 0,
    }),
  commit_seconds: z.number().min(0).default(10).meta({
    title: 'Commit interval (seconds)',
    description: 'how long a state may wait before what it covers is made durable',
    order: 1,
  }),
});

export type Config = z.infer<typeof config>;
