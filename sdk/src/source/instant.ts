const FORM = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * A vendor's timestamp as an instant, ms since 1970; NaN where it is none. Jira writes
 * `2026-03-28T16:06:20.165+0800`, with the token owner's offset: compare instants, never strings.
 * Without an offset UTC is meant.
 */
export function instantOf(text: string): number {
  const match = FORM.exec(text);
  if (!match) return Number.NaN;
  const [, date, time, zone = 'Z'] = match;
  return Date.parse(`${date}T${time}${zone === 'Z' || zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`}`);
}

/** `2026-03-28T08:06:20.165Z`. */
export function isoUtc(instant: number): string {
  return new Date(instant).toISOString();
}

export function floorMinute(instant: number): number {
  return Math.floor(instant / 60_000) * 60_000;
}
