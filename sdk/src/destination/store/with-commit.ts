import { withChanged } from '../copies/copy.ts';
import { sameName, sameStream } from '../names/names.ts';
import type { Committed, KnownStream, StoredState } from './committed.ts';
import type { Facts } from './store.ts';

/** What is committed after a commit: what `Store.load` returns then. */
export function withCommit(before: Committed, commit: Facts): Committed {
  const { states, streams, copies, number, from, runId } = commit;
  return {
    number,
    lastRun: number === from ? before.lastRun : runId,
    states: states.length + commit.forget.length > 0 ? statesAfter(before.states, commit) : before.states,
    streams: withStreams(before.streams, streams),
    copies: withChanged(before.copies, copies),
  };
}

/** The list with changed streams replaced. */
export function withStreams(
  before: readonly KnownStream[],
  changed: readonly KnownStream[],
): readonly KnownStream[] {
  if (changed.length === 0) return before;
  return [...before.filter(({ key }) => !changed.some((now) => sameStream(now.key, key))), ...changed];
}

function statesAfter(before: readonly StoredState[], { states, forget, runId, now }: Facts): StoredState[] {
  let after = before.filter(
    ({ stream, namespace }) =>
      !forget.some((one) => sameName(one.stream, stream) && sameName(one.namespace, namespace)),
  );
  for (const { kind, stream: named, json } of states) {
    const stream = named?.name ?? '';
    const namespace = named?.namespace ?? '';
    // Never states of two kinds: the protocol forbids mixing them, and the last kind counts.
    after = after.filter((one) => {
      const isOther = !sameName(one.stream, stream) || !sameName(one.namespace, namespace);
      return kind === 'STREAM' && one.kind === 'STREAM' && isOther;
    });
    after.push({ kind, stream, namespace, json, runId, updatedAt: now });
  }
  // In the order in which a store returns them.
  return after.sort((a, b) => order(a.namespace, b.namespace) || order(a.stream, b.stream));
}

function order(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
