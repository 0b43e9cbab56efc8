import Table from 'cli-table3';
import type { RunResult } from '../engine/events.ts';
import { errorLines } from './error-lines.ts';
import { type Line, paint } from './line.ts';
import type { Output } from './output.ts';
import { count, duration, megabytes, streamName } from './text.ts';

const MARKS = { complete: '✓', partial: '!', failed: '✗', interrupted: '✗' } as const;
const COLORS = { complete: 'green', partial: 'yellow', failed: 'red', interrupted: 'yellow' } as const;

/** The result of a run for people: a table of its streams, a sentence and the errors. */
export function showResult(output: Output, result: RunResult): void {
  if (result.streams.length > 0) for (const line of streamTable(result).split('\n')) output.say(line);
  const { outcome } = result;
  output.say(resultLine(result));
  if (outcome === 'interrupted') output.say('  run it again: it continues from what is committed');
  // With --quiet nothing else says which job they belong to.
  const whose = output.quiet ? `${result.tenant}/${result.job}: ` : '';
  if (!output.json) for (const line of resultErrors(result, whose)) output.note(line);
}

/** The errors of a run. @param whose begins each of them */
export function resultErrors({ errors }: RunResult, whose = ''): Line[] {
  return errors.flatMap((error) => {
    const place = error.place ?? [error.origin, error.stream].filter(Boolean).join(' › ');
    return errorLines({ ...error, place }, whose);
  });
}

/** What became of a run, in a sentence. */
export function resultLine(result: RunResult): Line {
  const { outcome, tenant, job, number, started, ended } = result;
  const sums = `${count(total(result, 'records'))} records, ${megabytes(total(result, 'bytes'))}, ${count(total(result, 'committed'))} committed`;
  const attempts = result.attempts > 1 ? `, ${result.attempts} attempts` : '';
  const what = `${tenant} › ${job} #${number} ${outcome} in ${duration(ended - started)}${attempts}: ${sums}`;
  return paint(COLORS[outcome], `${MARKS[outcome]} ${what}`);
}

function total(result: RunResult, key: 'records' | 'bytes' | 'committed'): number {
  return result.streams.reduce((sum, stream) => sum + stream[key], 0);
}

/** At most this many streams have their own row. Nobody reads a longer table, and drawing it takes time. */
const MOST_ROWS = 100;

function streamTable(result: RunResult): string {
  const table = new Table({
    head: ['stream', 'records', 'size', 'committed', 'result'],
    colAligns: ['left', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  // People look for the incomplete streams.
  const isLong = result.streams.length > MOST_ROWS;
  const { ended = [], open = [] } = Object.groupBy(result.streams, ({ complete }) =>
    complete ? 'ended' : 'open',
  );
  const shown = isLong ? [...open, ...ended].slice(0, MOST_ROWS) : result.streams;
  for (const stream of shown) {
    const rejected = stream.rejected > 0 ? ` (${count(stream.rejected)} quarantined)` : '';
    table.push([
      streamName(stream),
      count(stream.records),
      megabytes(stream.bytes),
      `${count(stream.committed)}${rejected}`,
      stream.complete ? '✓ complete' : '✗ incomplete',
    ]);
  }
  if (isLong) {
    const complete = ended.length - shown.filter((one) => one.complete).length;
    const left = result.streams.length - MOST_ROWS;
    table.push([`and ${count(left)} more`, '', '', '', `${count(complete)} complete; --json has all`]);
  }
  return table.toString();
}
