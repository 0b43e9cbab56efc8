const FORM = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(Z|[+-]\d{2}:?\d{2})?$/;
const DAY_MS = 86_400_000;

/**
 * Parses a vendor's timestamp to ms since 1970; NaN if it is not one. Jira writes `2026-03-28T16:06:20.165+0800`,
 * with the offset of the token owner's time zone, so compare instants and never strings. A timestamp without an
 * offset is UTC.
 */
export function instantOf(text: string): number {
  const match = FORM.exec(text);
  if (!match) return Number.NaN;
  const [, date, time, zone = 'Z'] = match;
  return Date.parse(
    `${date}T${time}${zone === 'Z' || zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`}`,
  );
}

/**
 * `instantOf` for ASCII bytes. It creates no string for the forms that vendors use: `2026-03-28T16:06:20.165` with
 * `Z`, `+0800` or `+08:00`. Other forms take the slow path.
 */
export function instantAt(bytes: Uint8Array, start: number, end: number): number {
  const zone = start + 23;
  const form = end - zone;
  if ((form === 1 || form === 5 || form === 6) && isPunctuated(bytes, start)) {
    const sign = bytes[zone];
    const year = digits(bytes, start, 4);
    const month = digits(bytes, start + 5, 2);
    const day = digits(bytes, start + 8, 2);
    const hour = digits(bytes, start + 11, 2);
    const minute = digits(bytes, start + 14, 2);
    const second = digits(bytes, start + 17, 2);
    const ms = digits(bytes, start + 20, 3);
    const known =
      month >= 1 &&
      month <= 12 &&
      day >= 1 &&
      day <= 28 &&
      hour <= 23 &&
      minute <= 59 &&
      second <= 59 &&
      year >= 1000 &&
      ms >= 0;
    if (known && hour >= 0 && minute >= 0 && second >= 0) {
      const local = Date.UTC(year, month - 1, day, hour, minute, second, ms);
      if (form === 1 && sign === 0x5a) return local;
      const offset = 60 * digits(bytes, zone + 1, 2) + digits(bytes, end - 2, 2);
      const written = form === 5 || (form === 6 && bytes[zone + 3] === 0x3a);
      if (written && offset >= 0 && offset < 1440 && digits(bytes, end - 2, 2) < 60) {
        if (sign === 0x2b) return local - offset * 60_000;
        if (sign === 0x2d) return local + offset * 60_000;
      }
    }
  }
  return instantOf(new TextDecoder().decode(bytes.subarray(start, end)));
}

/** Whether the separators of `2026-03-28T16:06:20.165` are in the right places. */
function isPunctuated(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at + 4] === 0x2d &&
    bytes[at + 7] === 0x2d &&
    bytes[at + 10] === 0x54 &&
    bytes[at + 13] === 0x3a &&
    bytes[at + 16] === 0x3a &&
    bytes[at + 19] === 0x2e
  );
}

/** The number written in `count` digits; far below zero if one of them is not a digit. */
function digits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = (bytes[i] as number) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return -1_000_000;
    value = value * 10 + digit;
  }
  return value;
}

const TWO = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'));
/** Cache from days since 1970 to `2026-03-28T`: the records of a list fall on few days. */
const dates = new Map<number, string>();
const MOST_DATES = 10_000;

function dateOf(day: number): string {
  let date = dates.get(day);
  if (date === undefined) {
    if (dates.size === MOST_DATES) dates.clear();
    date = new Date(day * DAY_MS).toISOString().slice(0, -13);
    dates.set(day, date);
  }
  return date;
}

/** Formats as `2026-03-28T08:06:20.165Z`. Same result as `toISOString`, ten times as fast. */
export function isoUtc(instant: number): string {
  const day = Math.floor(instant / DAY_MS);
  const ms = instant - day * DAY_MS;
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const rest = ms - seconds * 1000;
  const hour = TWO[Math.floor(minutes / 60)];
  return `${dateOf(day)}${hour}:${TWO[minutes % 60]}:${TWO[seconds % 60]}.${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`;
}

export function floorMinute(instant: number): number {
  return Math.floor(instant / 60_000) * 60_000;
}
