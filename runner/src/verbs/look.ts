import { type LookName, type Row, rowsOf } from '../engine/rows-of.ts';
import { paint } from '../terminal/line.ts';
import { rowTable } from '../terminal/rows.ts';
import type { Answer, Context } from './context.ts';
import { type AskedJob, eachJob, type Found } from './each-job.ts';

/** The columns that matter most, in this order. A destination may have others. */
const FIRST: Readonly<Record<LookName, readonly string[]>> = {
  stats: [
    'stream',
    'files',
    'records',
    'bytes',
    'compressed_bytes',
    'committed',
    'first_emitted_at',
    'last_emitted_at',
    'last_complete_at',
    'received',
    'quarantined',
    'rolled_back',
  ],
  manifest: ['stream', 'path', 'records', 'compressed_bytes', 'status', 'last_emitted_at'],
  cursors: ['stream', 'partition', 'state', 'updated_at'],
};

/**
 * `stats`, `manifest` and `cursors [job…]`: what the destination of each job stores, as it says itself; of a destination
 * that has no such verb, what the runner knows. Exit code 0 or 2.
 */
export function look(
  name: LookName,
  names: readonly string[],
  { streams }: { readonly streams?: readonly string[] },
  context: Context,
): Promise<Answer> {
  return eachJob(names, context, (one) => lookAt(name, one, streams, context));
}

async function lookAt(
  name: LookName,
  { file, job, ports, interrupt }: AskedJob,
  streams: readonly string[] | undefined,
  { output }: Context,
): Promise<Found> {
  const { from, rows } = await rowsOf(name, job, ports, interrupt);
  const wanted = streams && new Set(streams);
  const shown = wanted ? rows.filter(({ stream }) => wanted.has(String(stream))) : rows;
  output.say([
    paint('bold', `${file.tenant} › ${job.name}`),
    `  ${sourceOf(from, job.destination.connector)}`,
  ]);
  if (shown.length === 0) output.say(nothing(rows, streams));
  else for (const line of rowTable(shown, FIRST[name], output.columns)) output.say(line);
  return { data: { from, rows: shown } };
}

function sourceOf(from: 'destination' | 'runner', connector: string): string {
  return from === 'destination' ? `as ${connector} says` : `as headrace knows; ${connector} does not say`;
}

function nothing(rows: readonly Row[], streams: readonly string[] | undefined): string {
  if (rows.length === 0 || !streams) return 'nothing yet';
  const there = [...new Set(rows.map(({ stream }) => String(stream)))];
  return `nothing of ${streams.join(', ')}; there are: ${there.join(', ')}`;
}
