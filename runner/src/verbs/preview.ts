import { errorData } from '../engine/failures.ts';
import { parseAsWritten } from '../engine/numbers.ts';
import { previewJob, type StreamPreview } from '../engine/preview.ts';
import { errorLines } from '../terminal/error-lines.ts';
import { paint } from '../terminal/line.ts';
import type { Output } from '../terminal/output.ts';
import { recordTable } from '../terminal/record-table.ts';
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
  for (const one of previews) show(one, `${file.tenant} › ${job.name}`, output);
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

function show({ stream, records, tooLarge, error }: StreamPreview, whose: string, output: Output): void {
  const many = records.length === 0 ? 'no records' : '';
  output.say([paint('bold', `${whose} › ${streamName(stream)}`), many && !error ? `  ${many}` : '']);
  const keys = [...(stream.source_defined_primary_key ?? []), stream.default_cursor_field ?? []];
  const first = keys.flatMap(([name]) => (name === undefined ? [] : [name]));
  if (records.length > 0)
    for (const line of recordTable(records.map(parseAsWritten), first, output.columns)) output.say(line);
  if (tooLarge > 0) output.say(`${tooLarge} more of over 1 MB, too large to be shown`);
  if (error && !output.json) for (const line of errorLines(error)) output.note(line);
}
