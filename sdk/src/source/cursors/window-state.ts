import type { DataError } from '../../errors.ts';
import { instantOf, isoUtc } from '../../protocol/instant.ts';
import { isObject } from '../../protocol/is-object.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import { foreignState, savedIds } from './saved.ts';
import { type Sent, savedSent } from './sent.ts';

/** A window of a scan as the state keeps it while it is not finished; milliseconds since 1970. */
export interface SavedWindow {
  /** Where it began; only kept where windows are reconciled. */
  readonly since: number | undefined;
  /** Where it ends, not included; undefined: open. */
  readonly until: number | undefined;
  /** From where it is to be read on. */
  readonly position: number | undefined;
  /** Rows that were read between `since` and `position`; only kept where windows are reconciled. */
  readonly read: number | undefined;
}

export interface WindowState {
  /** Set inside an unfinished scan: when it began on the vendor's clock. */
  readonly begin: number | undefined;
  /** The position that an unfinished scan began with; undefined: none, or not known. */
  readonly from: number | undefined;
  /** The windows that are not finished; several only inside an unfinished scan. */
  readonly windows: readonly SavedWindow[];
  readonly seen: ReadonlyArray<readonly [key: string, sent: Sent]>;
  /** Keys of records that are there and could not be read. */
  readonly owed: readonly string[];
}

/**
 * A partition's state, as any release wrote it:
 * `{ position?, begin?, from?, seen, owed? }` – one window;
 * `{ begin, from?, windows: [{ since?, until?, position?, read? }], seen, owed? }` – a split or reconciled one. An
 * earlier release kept `owed` in the window.
 * Of what was sent `seen` has key → `[time, hash]`, or the time alone where a release before hashes wrote it; those
 * releases refuse what this one writes. Members it does not know are left aside. @throws DataError
 */
export function parseWindowState(saved: JsonObject): WindowState {
  const { seen = {}, windows } = saved;
  if (!isObject(seen)) throw foreign();
  const pairs = Object.entries(seen).map(([key, saved]): [string, Sent] => {
    const sent = savedSent(saved);
    if (!sent) throw foreign();
    return [key, sent];
  });
  const begin = instant(saved.begin);
  if (windows !== undefined && (!Array.isArray(windows) || windows.length === 0 || begin === undefined))
    throw foreign();
  const list = (windows as readonly unknown[] | undefined) ?? [{ position: saved.position }];
  const kept = list.map((window) => owedOf(isObject(window) ? window.owed : undefined));
  return {
    begin,
    from: instant(saved.from),
    windows: list.map((window, i) => savedWindow(window, kept[i]!)),
    seen: pairs,
    owed: [...new Set([...owedOf(saved.owed), ...kept.flat()])],
  };
}

function savedWindow(saved: unknown, owed: readonly string[]): SavedWindow {
  if (!isObject(saved)) throw foreign();
  const { read } = saved;
  if (read !== undefined && typeof read !== 'number') throw foreign();
  const [since, until, position] = [instant(saved.since), instant(saved.until), instant(saved.position)];
  // What is owed is accounted for, as what was read.
  return { since, until, position, read: read === undefined ? undefined : read + owed.length };
}

function owedOf(owed: unknown): string[] {
  return savedIds(owed, 'is no time window');
}

/** The shape of a window in the state: what is undefined or empty is left out. */
export function windowJson({ since, until, position, read }: SavedWindow): JsonObject {
  return {
    ...(since === undefined ? {} : { since: isoUtc(since) }),
    ...(until === undefined ? {} : { until: isoUtc(until) }),
    ...(position === undefined ? {} : { position: isoUtc(position) }),
    ...(read === undefined ? {} : { read }),
  };
}

function instant(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const time = typeof value === 'string' ? instantOf(value) : Number.NaN;
  if (Number.isNaN(time)) throw foreign();
  return time;
}

const foreign = (): DataError => foreignState('is no time window');
