import { parseAsWritten } from '../engine/numbers.ts';
import type { StreamPreview } from '../engine/preview.ts';
import { errorLines } from './error-lines.ts';
import { paint } from './line.ts';
import type { Output } from './output.ts';
import { recordTable } from './record-table.ts';

/** The first records of a stream as a table under a title, and why there are no more. */
export function showPreview(
  { stream, records, tooLarge, error }: StreamPreview,
  title: string,
  output: Output,
): void {
  output.say([paint('bold', title), records.length === 0 && !error ? '  no records' : '']);
  const keys = [...(stream.source_defined_primary_key ?? []), stream.default_cursor_field ?? []];
  const first = keys.flatMap(([name]) => (name === undefined ? [] : [name]));
  if (records.length > 0)
    for (const line of recordTable(records.map(parseAsWritten), first, output.columns)) output.say(line);
  if (tooLarge > 0) output.say(`${tooLarge} more of over 1 MB, too large to be shown`);
  if (error && !output.json) for (const line of errorLines(error)) output.note(line);
}
