import type { Alert, AlertEvent } from '../engine/alert.ts';
import type { RunEntry } from '../engine/ports.ts';

/** What is wrong with a run, in a sentence. */
export interface Occasion {
  readonly event: AlertEvent | 'stale';
  readonly sentence: string;
}

/** With how many earlier runs counts are compared, and how many there must be. */
const COMPARED_RUNS = 14;
const LEAST_RUNS = 5;
/** A count is far off below a third of the least, or above three times the greatest of the earlier counts. */
const FACTOR = 3;
/** Below this many records no count is far off: small numbers jump. */
const SMALL = 100;

/**
 * What an alert should be sent for.
 * @param run a run that is over
 * @param earlier runs of the job before it, newest first
 */
export function occasionsOf(run: RunEntry, earlier: readonly RunEntry[]): Occasion[] {
  const { outcome, streams, errors } = run;
  const occasions: Occasion[] = [];
  const why = errors[0] ? `: ${errors[0].message}` : '';
  if (outcome === 'failed') occasions.push({ event: 'failed', sentence: `the run failed${why}` });
  if (outcome === 'partial') {
    const open = streams.filter(({ complete }) => !complete).length;
    const which =
      open === 0 ? 'the run is not complete' : `${open} of ${streams.length} streams are incomplete`;
    occasions.push({ event: 'partial', sentence: `${which}${why}` });
  }
  if (outcome === 'complete' && streams.length > 0 && streams.every(({ records }) => records === 0))
    occasions.push({ event: 'zero_rows', sentence: 'the run is complete and had no records' });
  const far = outcome === 'complete' ? farOff(run, earlier) : [];
  if (far.length > 0) occasions.push({ event: 'row_count', sentence: far.join('; ') });
  return occasions;
}

/** Whether this alert is sent for that. */
export function isWanted({ on = ['failed', 'partial'] }: Alert, { event }: Occasion): boolean {
  return event !== 'stale' && on.includes(event);
}

/** Streams whose number of records is far from that of the last runs. */
function farOff(run: RunEntry, earlier: readonly RunEntry[]): string[] {
  const compared = earlier.filter(({ outcome }) => outcome === 'complete').slice(0, COMPARED_RUNS);
  return run.streams.flatMap(({ name, namespace, records }) => {
    const counts = compared.flatMap(({ streams }) =>
      streams.filter((one) => one.name === name && one.namespace === namespace).map((one) => one.records),
    );
    if (counts.length < LEAST_RUNS) return [];
    const [least, most] = [Math.min(...counts), Math.max(...counts)];
    const isFar = records < least / FACTOR || records > most * FACTOR;
    if (!isFar || Math.max(records, most) < SMALL) return [];
    return [`${name} had ${records} records, and ${least} to ${most} in the last ${counts.length} runs`];
  });
}
