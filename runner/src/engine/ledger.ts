import {
  type LostData,
  type StateLine,
  type StreamDescriptor,
  type StreamStatus,
  streamKey,
  type UnreadableLine,
} from '@headrace/sdk/protocol';
import { DataError, type HeadraceError } from '@headrace/sdk/spec';
import type { StreamProgress } from './events.ts';
import { findState } from './same-state.ts';
import type { Counter } from './tally.ts';

/** What is known of a stream while it is read. The tally updates its counter. */
export interface StreamAccount extends Counter {
  readonly name: string;
  readonly namespace: string | undefined;
  status: StreamStatus | 'WAITING';
  /** Records before the last state that the source sent. */
  accounted: number;
  committed: number;
  rejected: number;
  /** States that were passed on, and how many of them the destination has not echoed. */
  states: number;
  waiting: number;
  /** Lines of this stream, or of an unknown one, that could not be read. */
  unreadable: number;
  /** How many records and states these lines carried since the last readable state, as far as can be seen. */
  lost: { records: number; states: number };
  /** How many of them belong to this stream for certain; why the first one could not be read, and where they are. */
  putAside: number;
  whyUnreadable?: string;
  quarantine?: string;
  estimate?: number;
  rateLimitedUntil?: number;
  /** How long the vendor has throttled the source, by what it said. */
  waitedMs: number;
  /** When the source said STARTED, and COMPLETE or INCOMPLETE. */
  started?: number;
  ended?: number;
  /** Set if counts differ. From then on nothing of this stream is trusted (invariant 5). */
  mismatch?: HeadraceError;
  /** The destination's answers are no longer trusted either. */
  refused?: boolean;
  /** The first error that the source or the destination reported for this stream. */
  failure?: HeadraceError;
  failedBy?: 'source' | 'destination';
}

interface Pending {
  /** The source's own bytes. They are kept, whatever the destination sends back. */
  readonly json: string;
  /** The streams that it covers. */
  readonly own: readonly StreamAccount[];
  /** Records since the previous state, for each stream that had any. */
  readonly counts: ReadonlyArray<readonly [StreamAccount, number]>;
}

/** An echoed state that may be kept. */
export interface Committed {
  /** As the source wrote it, in the platform's shape. */
  readonly json: string;
  /** A STREAM state is its stream's; a GLOBAL or LEGACY one stands alone. */
  readonly key: string;
}

/** The accounts of one attempt. Counts of every state are compared, and every echo is matched with its state. */
export interface Ledger {
  readonly accounts: readonly StreamAccount[];
  /** Whether an error is kept in the account of a stream. */
  owns(error: HeadraceError): boolean;
  account(stream: StreamDescriptor): StreamAccount | undefined;
  /** Called for a state of the source. Returns the line to pass on (undefined: it is withheld) and the errors. */
  passed(state: StateLine): { line: Buffer | undefined; errors: HeadraceError[] };
  /** Called for a line that carries data but cannot be read. Returns its stream, if known, and whether it is the first. */
  unreadable(line: UnreadableLine, lost: LostData): { stream: StreamAccount | undefined; isFirst: boolean };
  /** Called for an echo. Returns what it commits, or the errors. */
  echoed(state: StateLine): { committed?: Committed; errors: HeadraceError[] };
}

/** Whether the stream cannot be complete, because its counts differ or a line is missing. */
export function isSpoilt({ mismatch, unreadable }: StreamAccount): boolean {
  return mismatch !== undefined || unreadable > 0;
}

export function createLedger(streams: readonly StreamDescriptor[]): Ledger {
  const accounts = new Map<string, StreamAccount>(
    streams.map((stream) => [streamKey(stream), newAccount(stream)]),
  );
  const all = [...accounts.values()];
  const pending: Pending[] = [];
  const mismatches = new Set<HeadraceError>();
  const account = (stream: StreamDescriptor) => accounts.get(streamKey(stream));

  /** The accounts that a state covers: a GLOBAL or LEGACY one all of them. */
  function covered({ commit: { stream } }: StateLine): StreamAccount[] {
    if (!stream) return all;
    const one = account(stream);
    return one ? [one] : [];
  }

  /** The state that an echo belongs to. If its bytes differ, only states of the same streams are compared. */
  function indexOf(json: string, own: readonly StreamAccount[]): number {
    const same = pending.findIndex((one) => one.json === json);
    if (same !== -1 || own.some(({ refused }) => refused)) return same;
    const candidates = pending.filter((one) => overlap(one.own, own));
    const found = candidates[findState(candidates, json)];
    return found ? pending.indexOf(found) : -1;
  }

  function noted(errors: HeadraceError[]): HeadraceError[] {
    for (const error of errors) mismatches.add(error);
    return errors;
  }

  return {
    accounts: all,
    account,
    owns: (error) => mismatches.has(error),
    passed(state) {
      const own = covered(state);
      // The destination refuses it: it knows the catalog too.
      if (own.length === 0) return { line: state.bytes, errors: [unknownState(state, 'the source')] };
      const counts = own.flatMap((one) =>
        one.records === one.accounted ? [] : [[one, one.records - one.accounted] as const],
      );
      const seen = sum(counts);
      const errors = noted(compare(state.sourceCount, seen, own));
      for (const one of own) {
        one.accounted = one.records;
        one.lost = { records: 0, states: 0 };
      }
      // Counted wrong, or behind a state that was. To the destination it never came: it would commit it, and what is
      // missing would never come again.
      if (own.some((one) => one.mismatch)) return { line: undefined, errors };
      for (const one of own) {
        one.states++;
        one.waiting++;
      }
      pending.push({ json: state.commit.json, own, counts });
      // What could not be read was not passed on: to the destination this state counts what was.
      const isSame = state.sourceCount === undefined || state.sourceCount === seen;
      return { line: isSame ? state.bytes : state.withSourceCount(seen), errors };
    },
    unreadable(line, lost) {
      const known = lost.streams.flatMap((stream) => account(stream) ?? []);
      const isKnown = known.length > 0 && known.length === lost.streams.length;
      const own = isKnown ? known : all;
      const isFirst = own.every(({ unreadable }) => unreadable === 0);
      for (const one of own) {
        one.unreadable++;
        if (isKnown) one.putAside++;
        if (isKnown) one.whyUnreadable ??= line.reason;
        one.lost.records += lost.records;
        one.lost.states += lost.states;
      }
      return { stream: isKnown ? known[0] : undefined, isFirst };
    },
    echoed(state) {
      const own = covered(state);
      const at = indexOf(state.commit.json, own);
      const sent = pending[at];
      if (!sent) return { errors: noted(refuse(own, () => unknownState(state, 'the destination'))) };
      // Destinations of others echo only the last of several states: the ones before it are covered by it.
      const { settled = [], left = [] } = Object.groupBy(pending.slice(0, at + 1), (one) =>
        overlap(one.own, own) ? 'settled' : 'left',
      );
      pending.splice(0, at + 1, ...left);
      for (const one of settled) for (const stream of one.own) stream.waiting--;
      if (own.some((stream) => stream.refused)) return { errors: [] };
      const answer = state.destinationStats;
      const rejected = answer?.rejectedRecordCount ?? 0;
      const counted = settled.map(({ counts }) => sum(counts));
      const all = counted.reduce((total, one) => total + one, 0);
      const total = answer && answer.recordCount + rejected;
      if (total !== undefined && total !== all && total !== counted.at(-1)) {
        const what = `the destination says ${total} records for a state, ${all} passed through the pipe`;
        return { errors: noted(refuse(own, (name) => mismatch(name, 'destination.count_mismatch', what))) };
      }
      if (own[0]) own[0].rejected += rejected;
      for (const { counts } of settled) for (const [stream, count] of counts) stream.committed += count;
      const { stream, kind } = state.commit;
      return { committed: { json: sent.json, key: stream ? streamKey(stream) : kind }, errors: [] };
    },
  };
}

function overlap(some: readonly StreamAccount[], others: readonly StreamAccount[]): boolean {
  return some === others || some.some((one) => others.includes(one));
}

/**
 * Compares what the source counts with what passed. A line that could not be read may hold a record that it counts, or
 * the state that counted the records before it.
 */
function compare(said: number | undefined, seen: number, own: readonly StreamAccount[]): HeadraceError[] {
  if (said === undefined) return [];
  const lost = (of: 'records' | 'states') => own.reduce((total, one) => total + one.lost[of], 0);
  if (said <= seen + lost('records') && (said >= seen || lost('states') > 0)) return [];
  const what = `the source says ${said} records for a state, ${seen} passed through the pipe`;
  return blame(own, (name) => mismatch(name, 'pipe.count_mismatch', what));
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
    states: 0,
    waiting: 0,
    unreadable: 0,
    putAside: 0,
    waitedMs: 0,
    lost: { records: 0, states: 0 },
  };
}

/** An account as it is shown to listeners. */
export function progressOf(account: StreamAccount): StreamProgress {
  const { name, namespace, status, records, bytes, committed, states, putAside } = account;
  const { estimate, rateLimitedUntil, waitedMs, started, ended } = account;
  const counts = { records, bytes, committed, rejected: account.rejected + putAside, states };
  return { name, namespace, status, ...counts, estimate, rateLimitedUntil, waitedMs, started, ended };
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
  return new DataError(`${stream}: ${what}`, {
    code,
    hint: 'nothing is committed after its last good state: what follows it is read again',
  });
}

function unknownState({ commit: { stream, kind } }: StateLine, who: string): DataError {
  const name = stream?.name ?? kind;
  return new DataError(`${who} sent a state of ${name} that was not asked for`, { code: 'state.unknown' });
}
