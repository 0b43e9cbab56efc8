import { errorData } from '../engine/failures.ts';
import { parseAsWritten } from '../engine/numbers.ts';
import { previewJob } from '../engine/preview.ts';
import { showPreview } from '../terminal/preview.ts';
import { streamName } from '../terminal/text.ts';
import type { Answer, Context } from './context.ts';
import { type AskedJob, eachJob, type Found } from './each-job.ts';

export interface PreviewFlags {
  readonly streams?: readonly string[];
  /** How many records of each stream. */
  readonly limit: number;
}

/**
 * `preview [job…]`: the first records of each stream as a table; nothing is kept. Exit code 0, 1 if a stream could not be
 * read, 2 if none could.
 */
export function preview(names: readonly string[], flags: PreviewFlags, context: Context): Promise<Answer> {
  return eachJob(names, context, (one) => previewOne(one, flags, context));
}

async function previewOne(
  { file, job, ports, interrupt }: AskedJob,
  flags: PreviewFlags,
  { output }: Context,
): Promise<Found> {
  const previews = await previewJob(job, flags, ports, interrupt);
  for (const one of previews)
    showPreview(one, `${file.tenant} › ${job.name} › ${streamName(one.stream)}`, output);
  const failed = previews.filter(({ error }) => error !== undefined).length;
  const streams = previews.map(({ stream, records, tooLarge, error }) => ({
    name: stream.name,
    namespace: stream.namespace,
    records: records.map(parseAsWritten),
    too_large: tooLarge,
    ...(error ? { error: errorData(error, 'source', stream.name) } : {}),
  }));
  return { data: { streams }, exitCode: failed === 0 ? 0 : failed < previews.length ? 1 : 2 };
}
