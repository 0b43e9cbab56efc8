import { DataError } from '../errors.ts';
import { floorMinute, instantOf, isoUtc } from '../protocol/instant.ts';
import type { JsonObject } from '../protocol/messages.ts';
import type { Page } from '../protocol/page.ts';
import type { Cursor, CursorEnv, Scan, ScanPart } from './cursor.ts';

export interface TimeWindowOptions {
  /** The selected value that identifies a record. */
  readonly key: string;
  /** The selected value that orders the scan, a timestamp. */
  readonly value: string;
  /** How long an index may lag: what is younger at the scan's begin is read again next time. At least 1. */
  readonly safetyMinutes: number;
  /** Milliseconds since 1970: where the first scan begins; undefined: everything. */
  readonly start?: number;
}

/** What `read` of a time window is to bring: milliseconds since 1970, whole minutes; undefined: unbounded. */
export interface TimeRange {
  /** Included. */
  readonly since: number | undefined;
  /** Not included. */
  readonly until: number | undefined;
}

/** Pairs of key and value that a partition remembers at most; beyond that records are sent again. */
export const SEEN_MOST = 20_000;

/**
 * A window over a timestamp that the vendor moves on each change (`updated`). Its state:
 * `position` – from where the next read starts, a whole minute; absent: from the start;
 * `begin` – only inside an unfinished scan: when it began on the vendor's clock;
 * `seen` – key → value (ms) of what was sent at or after `position`.
 *
 * Inside a scan the position is the last sent record's value, never later than begin − safety; at its end
 * it is begin − safety: never max(updated), which loses what an index shows late (DESIGN.md, Cursors).
 * `read` must yield pages ordered by the value and must include what lies exactly at `from`.
 */
export function timeWindow(options: TimeWindowOptions): Cursor<TimeRange> {
  return {
    open: (saved, env) => openScan(options, saved === undefined ? { seen: {} } : parseState(saved), env),
  };
}

interface WindowState {
  position?: string;
  begin?: string;
  seen: Record<string, number>;
}

async function openScan(
  options: TimeWindowOptions,
  saved: WindowState,
  env: CursorEnv,
): Promise<Scan<TimeRange>> {
  const begin = saved.begin === undefined ? await env.begin() : instantOf(saved.begin);
  const settled = floorMinute(begin - options.safetyMinutes * 60_000);
  const from =
    saved.position === undefined ? options.start && floorMinute(options.start) : instantOf(saved.position);
  const seen = new Map(Object.entries(saved.seen));
  let position = from;
  let finished = false;
  let forgotten = 0;
  let read: Pairs | undefined;

  /** Keys and times of a page: read once for `fresh` and `advance`. */
  function pairsOf(page: Page): Pairs {
    if (read?.page !== page) read = readPairs(options, page);
    return read;
  }

  /** A scan that resumes from an older position never moves forward past what is settled, nor back. */
  function moveTo(time: number): void {
    const next = Math.min(floorMinute(time), settled);
    if (position !== undefined && next <= position) return;
    position = next;
    for (const [key, value] of seen) if (value < next) seen.delete(key);
  }

  /** What was met first is forgotten first: the scan is ordered, so the position passes it first. */
  function trim(): void {
    for (const key of seen.keys()) {
      if (seen.size <= SEEN_MOST) return;
      seen.delete(key);
      forgotten++;
    }
  }

  const part: ScanPart<TimeRange> = {
    from: { since: from, until: undefined },
    fresh(page) {
      const { keys, times } = pairsOf(page);
      const rows = new Uint8Array(page.count);
      for (let row = 0; row < page.count; row++) {
        // At or after the position the list decides; before it nothing is remembered, so it is sent.
        if (seen.get(keys[row]!) !== times[row]) rows[row] = 1;
      }
      return rows;
    },
    advance(page) {
      const { keys, times } = pairsOf(page);
      let last: number | undefined;
      for (const time of times) if (last === undefined || time > last) last = time;
      // What the position is about to pass need not be remembered first.
      if (last !== undefined) moveTo(last);
      for (let row = 0; row < page.count; row++) {
        if (position !== undefined && times[row]! < position) continue;
        seen.delete(keys[row]!);
        seen.set(keys[row]!, times[row]!);
      }
      trim();
    },
    finish() {
      moveTo(settled);
      finished = true;
      if (forgotten > 0) {
        env.warn(
          `more than ${SEEN_MOST} records changed within the safety window: ${forgotten} of them will be sent again`,
        );
      }
    },
  };
  return {
    parts: [part],
    state() {
      return {
        ...(position === undefined ? {} : { position: isoUtc(position) }),
        ...(finished ? {} : { begin: isoUtc(begin) }),
        seen: Object.fromEntries(seen),
      };
    },
  };
}

interface Pairs {
  readonly page: Page;
  readonly keys: readonly string[];
  /** Milliseconds since 1970. */
  readonly times: Float64Array;
}

function readPairs({ key, value }: TimeWindowOptions, page: Page): Pairs {
  const keys: string[] = [];
  const times = new Float64Array(page.count);
  for (let row = 0; row < page.count; row++) {
    const id = page.text(row, key) ?? page.value(row, key);
    times[row] = page.instant(row, value);
    if ((typeof id !== 'string' && typeof id !== 'number') || Number.isNaN(times[row])) {
      const message = `a record came without a ${key} or a readable ${value}`;
      throw new DataError(message, { code: 'cursor.missing', place: `${key} ${String(id)}` });
    }
    keys.push(String(id));
  }
  return { page, keys, times };
}

function parseState(saved: JsonObject): WindowState {
  const { position, begin, seen } = saved;
  const isInstant = (value: unknown): value is string | undefined =>
    value === undefined || (typeof value === 'string' && !Number.isNaN(instantOf(value)));
  if (
    !isInstant(position) ||
    !isInstant(begin) ||
    (seen !== undefined && (typeof seen !== 'object' || seen === null))
  ) {
    throw new DataError('a partition of the state is no time window', {
      code: 'state.invalid',
      hint: 'reset the state of this stream',
    });
  }
  return { position, begin, seen: (seen ?? {}) as Record<string, number> };
}
