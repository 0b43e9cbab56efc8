import type { DataError } from '../../errors.ts';
import { instantOf, isoUtc } from '../../protocol/instant.ts';
import { isObject } from '../../protocol/is-object.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import { foreignState, savedIds } from './saved.ts';
import { type Sent, savedSent } from './sent.ts';

/** An unfinished window of a scan, as it is in the state; ms since 1970. */
export interface SavedWindow {
  /** Its end, not included; undefined: open. */
  readonly until: number | undefined;
  /** Where to continue; undefined: from the start. */
  readonly position: number | undefined;
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
 * Parses a partition's state of any release:
 * `{ position?, begin?, from?, seen, owed? }` for one window;
 * `{ begin, from?, windows: [{ until?, position? }], seen, owed? }` for several. Earlier releases also wrote `since`,
 * `read` and `owed` in a window.
 * `seen` contains key → `[time, hash]` of what was sent, or only the time if it is from a release without hashes;
 * those releases reject what this one writes. Unknown members are ignored. @throws DataError
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
    windows: list.map(savedWindow),
    seen: pairs,
    owed: [...new Set([...owedOf(saved.owed), ...kept.flat()])],
  };
}

function savedWindow(saved: unknown): SavedWindow {
  if (!isObject(saved)) throw foreign();
  const [since, until, position] = [instant(saved.since), instant(saved.until), instant(saved.position)];
  return { until, position: position ?? since };
}

function owedOf(owed: unknown): string[] {
  return savedIds(owed, 'is not a time window');
}

/** The shape of a window in the state: what is undefined or empty is left out. */
export function windowJson({ until, position }: SavedWindow): JsonObject {
  return {
    ...(until === undefined ? {} : { until: isoUtc(until) }),
    ...(position === undefined ? {} : { position: isoUtc(position) }),
  };
}

function instant(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const time = typeof value === 'string' ? instantOf(value) : Number.NaN;
  if (Number.isNaN(time)) throw foreign();
  return time;
}

const foreign = (): DataError => foreignState('is not a time window');
