import { Cron } from 'croner';

const FIELDS = [
  { name: 'minute', low: 0, high: 59, names: [] },
  { name: 'hour', low: 0, high: 23, names: [] },
  { name: 'day', low: 1, high: 31, names: [] },
  {
    name: 'month',
    low: 1,
    high: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { name: 'weekday', low: 0, high: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
] as const;
type Field = (typeof FIELDS)[number];

/** The longest that a month may be, from January. */
const DAYS_OF_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Why a schedule is not valid, or undefined. It has five fields of numbers, names, ranges, lists and steps. */
export function badSchedule(text: string): string | undefined {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5) {
    const names = FIELDS.map(({ name }) => name).join(' ');
    return `a schedule has 5 fields (${names}), not ${fields.length}`;
  }
  for (const [k, field] of fields.entries()) {
    const bad = field.split(',').find((part) => !range(part, FIELDS[k]!));
    if (bad !== undefined) return `${FIELDS[k]!.name} cannot be ${bad}${isBackwards(bad, FIELDS[k]!)}`;
  }
  const [, , day, month, weekday] = fields as [string, string, string, string, string];
  // If both are given, either is enough.
  if (weekday === '*' && !hasDay(day, month)) return `no month ${month} has a day ${day}`;
  return undefined;
}

/**
 * The numbers that each field allows, in order; undefined for `*`. Sunday is 0.
 * @param text a valid schedule
 */
export function fieldsOf(text: string): Array<number[] | undefined> {
  return text
    .trim()
    .split(/\s+/)
    .map((field, k) => (field === '*' ? undefined : numbersOf(field, FIELDS[k]!)));
}

function numbersOf(text: string, field: Field): number[] {
  const numbers = text.split(',').flatMap((part) => {
    const [from, to] = range(part, field)!;
    const step = Number(part.split('/')[1] ?? 1);
    // `5/10` begins at 5 and has no end.
    const last = /^[^-*]+\/\d+$/.test(part) ? field.high : to;
    return Array.from({ length: Math.floor((last - from) / step) + 1 }, (_, k) => from + k * step);
  });
  const isWeekday = field.name === 'weekday';
  return [...new Set(numbers.map((one) => (isWeekday ? one % 7 : one)))].sort((a, b) => a - b);
}

/** A schedule with its time zone, as one text: `0 2 * * * Europe/Berlin`. */
export function scheduleOf(schedule: string, timezone: string | undefined): string {
  return `${schedule.trim().split(/\s+/).join(' ')} ${timezone ?? 'UTC'}`;
}

/**
 * When a schedule is due next, in milliseconds since 1970. A time that the clock skips in spring is due when the clock has
 * moved; one that comes twice in autumn is due once. Every hour, and every part of one, is due each time.
 * @param after later than this
 */
export function nextDue(schedule: string, timezone: string | undefined, after: number): number | undefined {
  const cron = new Cron(schedule, { timezone: timezone ?? 'UTC', mode: '5-part' });
  return cron.nextRun(new Date(after))?.getTime();
}

/** The first and the last number of `*`, `5`, `mon-fri` or `1-9/2`; undefined for anything else. */
function range(part: string, field: Field): [from: number, to: number] | undefined {
  const match = /^(?:\*|([0-9]+|[a-z]{3})(?:-([0-9]+|[a-z]{3}))?)(?:\/[1-9][0-9]*)?$/i.exec(part);
  if (!match) return undefined;
  if (match[1] === undefined) return [field.low, field.high];
  const from = numberOf(match[1], field);
  const to = match[2] === undefined ? from : numberOf(match[2], field);
  return from >= field.low && to <= field.high && from <= to ? [from, to] : undefined;
}

function numberOf(text: string, { low, names }: Field): number {
  if (/^[0-9]+$/.test(text)) return Number(text);
  const at = (names as readonly string[]).indexOf(text.toLowerCase());
  return at === -1 ? Number.NaN : at + low;
}

/** A hint for what people write of a night: 22-6. */
function isBackwards(part: string, field: Field): string {
  const [from, to] = part.split('-');
  const last = field.name === 'weekday' ? field.high - 1 : field.high;
  const isRange = to !== undefined && range(from!, field) && range(to, field);
  return isRange ? `, a range that ends before it begins: ${from}-${last},${field.low}-${to}` : '';
}

function hasDay(day: string, month: string): boolean {
  const first = Math.min(...day.split(',').map((part) => range(part, FIELDS[2])![0]));
  const ranges = month.split(',').map((part) => range(part, FIELDS[3])!);
  return DAYS_OF_MONTHS.some(
    (days, at) => first <= days && ranges.some(([from, to]) => at + 1 >= from && at + 1 <= to),
  );
}
