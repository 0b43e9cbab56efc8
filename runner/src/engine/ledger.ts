import { createHash } from 'node:crypto';
import {
  type JsonObject,
  type StateMessage,
  type StreamDescriptor,
  type StreamStatus,
  streamKey,
} from '@headrace/sdk/protocol';
import { DataError, type HeadraceError } from '@headrace/sdk/spec';
import type { StreamProgress } from './events.ts';
import type { Counter } from './tally.ts';

/** What is known of a stream while it is read; its counter is moved by the tally. */
export interface StreamAccount extends Counter {
  readonly name: string;
  readonly namespace: string | undefined;
  status: StreamStatus | 'WAITING';
  /** Records before the last state that the source sent. */
  accounted: number;
  committed: number;
  rejected: number;
  /** States on their way that the destination has not echoed. */
  waiting: number;
  estimate?: number;
  rateLimitedUntil?: number;
  /** Where counts differ: from here on nothing of this stream is trusted (invariant 5). */
  mismatch?: HeadraceError;
  /** The destination's answers are no longer trusted either. */
  refused?: boolean;
  /** What the source or the destination said of this stream. */
  failure?: HeadraceError;
}

interface Pending {
  readonly key: string;
  /** Counted wrong, or behind a state that was: its echo is not kept. A state before it still is. */
  readonly bad: boolean;
  /** Records per stream since the state before. */
  readonly counts: ReadonlyArray<readonly [StreamAccount, number]>;
}

/** An echoed state that may be kept. */
export interface Committed {
  readonly state: JsonObject;
  readonly streams: readonly StreamAccount[];
}

/** The accounts of one attempt: every state that passes is compared, every echo is matched with it. */
export interface Ledger {
  readonly accounts: readonly StreamAccount[];
  account(stream: StreamDescriptor): StreamAccount | undefined;
  /** A state leaves the source. Returns what is wrong with its counts. */
  passed(state: StateMessage): HeadraceError[];
  /** A state came back from the destination: what is committed by it, or what is wrong with it. */
  echoed(state: StateMessage): { committed?: Committed; errors: HeadraceError[] };
}

export function createLedger(streams: readonly StreamDescriptor[]): Ledger {
  const accounts = new Map<string, StreamAccount>(
    streams.map((stream) => [streamKey(stream), newAccount(stream)]),
  );
  const pending: Pending[] = [];
  const account = (stream: StreamDescriptor) => accounts.get(streamKey(stream));

  /** The accounts that a state covers: a GLOBAL or LEGACY one all of them. */
  function covered(state: StateMessage): StreamAccount[] {
    const { stream } = state;
    if (!stream) return [...accounts.values()];
    const one = account(stream.stream_descriptor);
    return one ? [one] : [];
  }

  return {
    accounts: [...accounts.values()],
    account,
    passed(state) {
      const own = covered(state);
      if (own.length === 0) return [unknownState(state, 'the source')];
      const counts = own.map((one) => [one, one.records - one.accounted] as const);
      for (const one of own) {
        one.accounted = one.records;
        one.waiting++;
      }
      const said = Number(state.sourceStats?.recordCount ?? Number.NaN);
      const seen = sum(counts);
      const differs = !Number.isNaN(said) && said !== seen;
      const what = `the source says ${said} records for a state, ${seen} passed through the pipe`;
      const errors = differs ? blame(own, (name) => mismatch(name, 'pipe.count_mismatch', what)) : [];
      pending.push({ key: keyOf(state), counts, bad: own.some((one) => one.mismatch !== undefined) });
      return errors;
    },
    echoed(state) {
      const own = covered(state);
      const key = keyOf(state);
      const at = pending.findIndex((one) => one.key === key);
      if (at === -1) return { errors: refuse(own, () => unknownState(state, 'the destination')) };
      // Destinations of others echo only the last of several states: the ones before it are covered by it.
      const settled = pending.filter(
        (one, k) => k <= at && one.counts.some(([stream]) => own.includes(stream)),
      );
      for (const one of settled) pending.splice(pending.indexOf(one), 1);
      for (const { counts } of settled) for (const [stream] of counts) stream.waiting--;
      if (own.some((stream) => stream.refused) || settled.some((one) => one.bad)) return { errors: [] };
      const answer = answerOf(state);
      const counted = settled.map(({ counts }) => sum(counts));
      const all = counted.reduce((total, one) => total + one, 0);
      if (answer && answer.total !== all && answer.total !== counted.at(-1)) {
        const what = `the destination says ${answer.total} records for a state, ${all} passed through the pipe`;
        return { errors: refuse(own, (name) => mismatch(name, 'destination.count_mismatch', what)) };
      }
      if (own[0]) own[0].rejected += answer?.rejected ?? 0;
      for (const { counts } of settled) for (const [stream, count] of counts) stream.committed += count;
      const { destinationStats: _, ...kept } = state;
      return { committed: { state: kept, streams: own }, errors: [] };
    },
  };
}

/** What the destination says it took of a state's records; undefined where it does not count. */
function answerOf({ destinationStats }: StateMessage): { total: number; rejected: number } | undefined {
  const stored = Number(destinationStats?.recordCount ?? Number.NaN);
  const rejected = Number(destinationStats?.rejectedRecordCount ?? 0);
  return Number.isNaN(stored) ? undefined : { total: stored + rejected, rejected };
}

/** Marks streams whose echoes cannot be trusted any more. */
function refuse(streams: readonly StreamAccount[], error: (name: string) => HeadraceError): HeadraceError[] {
  for (const stream of streams) stream.refused = true;
  return blame(streams, error);
}

/** A stream of which nothing has been seen yet. */
export function newAccount({ name, namespace }: StreamDescriptor): StreamAccount {
  return {
    name,
    namespace: namespace ?? undefined,
    status: 'WAITING',
    records: 0,
    bytes: 0,
    accounted: 0,
    committed: 0,
    rejected: 0,
    waiting: 0,
  };
}

/** An account as a listener gets it. */
export function progressOf(account: StreamAccount): StreamProgress {
  const { name, namespace, status, records, bytes, committed, rejected, estimate, rateLimitedUntil } =
    account;
  return { name, namespace, status, records, bytes, committed, rejected, estimate, rateLimitedUntil };
}

function sum(counts: ReadonlyArray<readonly [StreamAccount, number]>): number {
  return counts.reduce((total, [, count]) => total + count, 0);
}

/** Marks each stream with its first mistake and returns what is new. */
function blame(streams: readonly StreamAccount[], error: (name: string) => HeadraceError): HeadraceError[] {
  const errors: HeadraceError[] = [];
  for (const stream of streams) {
    if (stream.mismatch) continue;
    stream.mismatch = error(stream.name);
    errors.push(stream.mismatch);
  }
  return errors;
}

function mismatch(stream: string, code: string, what: string): DataError {
  return new DataError(`${stream}: ${what}`, { code, hint: 'nothing after its last good state is kept' });
}

function unknownState(state: StateMessage, who: string): DataError {
  const name = state.stream?.stream_descriptor.name ?? state.type;
  return new DataError(`${who} sent a state of ${name} that was not asked for`, { code: 'state.unknown' });
}

/** Equal for states that say the same, in whatever order of keys; counts and marks beside the state aside. */
function keyOf({ stream, global, ...rest }: StateMessage): string {
  const { data } = rest as { data?: unknown };
  return createHash('sha1')
    .update(JSON.stringify(sorted({ stream, global, data })))
    .digest('base64');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]),
  );
}
