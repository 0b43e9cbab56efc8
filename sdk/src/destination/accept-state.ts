import { DataError } from '../errors.ts';
import type { StateLine } from '../protocol/state-line.ts';
import type { TrackedStream } from './tracked-stream.ts';

/** Whether a state may be committed: the line to echo afterwards, or why not. */
export type Accepted =
  | { readonly kind: 'accepted'; readonly echo: Buffer; readonly warning: string | undefined }
  /** The covered streams must be frozen for `reason`; the error is for people. */
  | { readonly kind: 'refused'; readonly reason: string; readonly error: DataError };

/** How to treat a difference of counts. */
export interface CountRules {
  readonly onMismatch: 'fail' | 'warn';
  /** The caller compares counts itself, for streams that never said STARTED. A difference is then only a warning. */
  readonly isComparedElsewhere: boolean;
}

/**
 * Compares the source's count with the records that arrived, *before* anything is committed (invariant 5). If they
 * agree, the streams' records so far are covered by this state. If not, the caller must freeze the streams at their
 * last good state.
 * @param covered the stream of a STREAM state; every stream for GLOBAL and LEGACY
 */
export function acceptState(
  state: StateLine,
  covered: readonly TrackedStream[],
  { onMismatch, isComparedElsewhere }: CountRules,
): Accepted {
  const frozen = covered.find((stream) => stream.frozen !== undefined);
  if (frozen) {
    const reason = `${frozen.label} is kept at its last good state, and this state covers it too`;
    return { kind: 'refused', reason, error: new DataError(reason, { code: 'input.frozen_stream' }) };
  }
  const stored = sum(covered, (stream) => stream.stored);
  const arrived = stored + sum(covered, (stream) => stream.rejected);
  // An upper limit: what an unreadable line contained is only roughly known.
  const lostRecords = sum(covered, ({ missing }) => missing.records);
  const lostStates = sum(covered, ({ missing }) => missing.states);
  const { sourceCount } = state;
  const isMore = sourceCount !== undefined && sourceCount > arrived + lostRecords;
  const isLess = sourceCount !== undefined && sourceCount < arrived && lostStates === 0;
  let warning: string | undefined;
  // Compared as numbers: PyAirbyte sends 5.0.
  if (isMore || isLess) {
    const who = state.commit.stream ? covered[0]!.label : 'all streams together';
    const text = `${who}: the source counted ${sourceCount} records since its last state, ${arrived} arrived`;
    const isForOthers = isComparedElsewhere && !covered.some((stream) => stream.started);
    if (onMismatch === 'fail' && !isForOthers) {
      const error = new DataError(`${text}; what follows the last good state is rolled back`, {
        code: 'input.count_mismatch',
      });
      return { kind: 'refused', reason: text, error };
    }
    warning = text;
  }
  const counted = sum(covered, ({ missing }) => missing.counted);
  const unread =
    sourceCount === undefined ? counted : Math.min(lostRecords, Math.max(0, sourceCount - arrived));
  const rejected = arrived - stored + unread;
  for (const stream of covered) stream.coverByState();
  const echo = state.echo({
    recordCount: stored,
    ...(rejected > 0 ? { rejectedRecordCount: rejected } : {}),
  });
  return { kind: 'accepted', echo, warning };
}

function sum(streams: readonly TrackedStream[], of: (stream: TrackedStream) => number): number {
  let total = 0;
  for (const stream of streams) total += of(stream);
  return total;
}
