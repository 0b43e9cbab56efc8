import { storeOptions } from '@headrace/sdk/destination';
import { z } from 'zod';

/** The configuration: form, type and defaults. `specs/jsonl-destination.json` is generated from it. */
export const config = z.object({
  path: z
    .string()
    .min(1)
    .optional()
    .meta({
      title: 'Folder',
      description:
        'The folder for the files. Default: ./bronze; in the image /data, where a volume must be mounted.',
      examples: ['./bronze', '/data'],
      order: 0,
    }),
  layout: z.enum(['partitioned', 'flat']).default('partitioned').meta({
    title: 'Layout',
    description:
      'partitioned: {source}/{stream}/YYYY/MM/DD/{run_id}-{part}.jsonl.gz, files that never change. flat: one growing, uncompressed {source}/{stream}.jsonl.',
    order: 1,
  }),
  source: storeOptions.source.meta({
    description:
      'The name used in paths, envelope and lock. Default: what the source calls itself, or the namespace that all streams share, or “default”. In Airbyte, set it for each connection.',
    order: 2,
  }),
  envelope: z.enum(['flat', 'airbyte', 'none']).default('flat').meta({
    title: 'Envelope',
    description:
      'flat: __source, __stream, __ingested_at_utc and __run_id come before the vendor’s fields. airbyte: the record is in _airbyte_data, next to the _airbyte_ columns of Airbyte’s own file destinations. none: only the vendor’s record.',
    order: 3,
  }),
  compression: z.enum(['gzip', 'zstd', 'none']).default('gzip').meta({
    title: 'Compression',
    description: 'How files of the partitioned layout are compressed.',
    order: 4,
  }),
  compression_level: z.number().int().min(1).max(22).default(1).meta({
    title: 'Compression level',
    description: 'From 1 (fastest) to 9 (smallest); with zstd up to 22.',
    order: 5,
  }),
  max_file_mb: z.number().positive().default(128).meta({
    title: 'File size (MB)',
    description: 'A file that reaches this compressed size is closed, and the next one begins.',
    order: 6,
  }),
  commit_seconds: storeOptions.commit_seconds.meta({ order: 7 }),
  commit_mb: storeOptions.commit_mb.meta({ order: 8 }),
  on_count_mismatch: storeOptions.on_count_mismatch.meta({ order: 9 }),
  lone_surrogates: z.enum(['keep', 'replace']).default('keep').meta({
    title: 'Lone surrogates',
    description:
      'What to do with the escape of half a character, such as "\\ud83d" alone, which DuckDB and pyarrow refuse. keep: stores it as it came, and reports it. replace: stores U+FFFD instead; the airbyte envelope lists that in its changes.',
    order: 10,
  }),
  run_id: storeOptions.run_id.meta({
    description: 'Used in the names of a run’s files. Default: made from time and randomness.',
    order: 11,
  }),
  allow_ephemeral: z.boolean().default(false).meta({
    title: 'Allow a temporary folder',
    description: 'Write even if the folder belongs to the container and is lost with it.',
    order: 12,
  }),
  folder_mode: z
    .string()
    .regex(/^[0-3]?7[0-7]{2}$/)
    .default('0700')
    .meta({
      title: 'Folder mode',
      description:
        'Permissions of new folders. New files have the same without execute. 0700: only for the owner. 2770: for a group that shares the folder.',
      pattern_descriptor: 'octal digits, as for chmod: 0700, 0750, 2770',
      order: 13,
    }),
  state_scope: storeOptions.state_scope.meta({ order: 14 }),
});

/** Validated, with defaults. */
export type JsonlConfig = z.output<typeof config>;
