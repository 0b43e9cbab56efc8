import type { StateLine } from './state-line.ts';
import type { TrackedStream } from './tracked-stream.ts';

/** What becomes of a state: its line to echo once it is committed, or why it may not be committed. */
export type Accepted =
  | { readonly kind: 'accepted'; readonly echo: Buffer; readonly warning: string | undefined }
  | { readonly kind: 'refused'; readonly reason: string; readonly news: boolean };

/**
 * Compares what the source counted with what arrived, *before* anything is committed (invariant 5), and on
 * success covers the streams: their records so far belong to this state. On a difference they freeze where
 * they last were good.
 * @param covered the stream of a STREAM state, every stream for GLOBAL and LEGACY
 */
export async function acceptState(
  state: StateLine,
  covered: readonly TrackedStream[],
  onMismatch: 'fail' | 'warn',
): Promise<Accepted> {
  const frozen = covered.find((stream) => stream.frozen !== undefined);
  if (frozen) {
    const reason = `${frozen.label} is kept at its last good state, and this state covers it too`;
    return { kind: 'refused', reason, news: await freezeAll(covered, reason) };
  }
  const stored = sum(covered, (stream) => stream.stored);
  const rejected = sum(covered, (stream) => stream.rejected);
  let warning: string | undefined;
  // Compared as numbers: PyAirbyte sends 5.0.
  if (state.sourceCount !== undefined && state.sourceCount !== stored + rejected) {
    const who = state.commit.stream ? covered[0]!.label : 'all streams together';
    const text = `${who}: the source counted ${state.sourceCount} records since its last state, ${stored + rejected} arrived`;
    // A caller that reports no status compares the counts itself and may send those of another span.
    if (onMismatch === 'fail' && covered.some((stream) => stream.started)) {
      await freezeAll(covered, text);
      return {
        kind: 'refused',
        reason: `${text}; what follows the last good state is rolled back`,
        news: true,
      };
    }
    warning = text;
  }
  for (const stream of covered) stream.coverByState();
  const echo = state.echo({
    recordCount: stored,
    ...(rejected > 0 ? { rejectedRecordCount: rejected } : {}),
  });
  return { kind: 'accepted', echo, warning };
}

/** Whether one of them was not frozen before. */
async function freezeAll(streams: readonly TrackedStream[], reason: string): Promise<boolean> {
  const news = streams.filter((stream) => stream.frozen === undefined);
  for (const stream of news) await stream.freeze(reason);
  return news.length > 0;
}

function sum(streams: readonly TrackedStream[], of: (stream: TrackedStream) => number): number {
  let total = 0;
  for (const stream of streams) total += of(stream);
  return total;
}
