import type { Zone } from '../zone.ts';
import { JqlError } from './lexer.ts';

const MINUTE = 60_000;
const UNITS: Readonly<Record<string, number>> = {
  m: MINUTE,
  h: 60 * MINUTE,
  d: 1440 * MINUTE,
  w: 10_080 * MINUTE,
};

/**
 * Parses a JQL date to the minute: epoch milliseconds, `yyyy-MM-dd[ HH:mm]` (or with slashes) in the token owner's
 * time zone, or a period before now such as `-30m`. Seconds are refused, as the vendor does.
 */
export function jqlDate(field: string, text: string, zone: Zone, now: number): number {
  const minute = (ms: number) => Math.floor(ms / MINUTE) * MINUTE;
  if (/^-?\d{1,15}$/.test(text)) return minute(Number(text));
  const period = /^([+-]?)(\d+)([mhdw])$/.exec(text);
  if (period) return minute(now + (period[1] === '-' ? -1 : 1) * Number(period[2]) * UNITS[period[3]!]!);
  const parts = /^(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?: (\d{1,2}):(\d{2}))?$/.exec(text);
  if (parts) {
    const [, year, , month, day, hour = '0', minutes = '0'] = parts;
    const local = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minutes));
    if (Number(month) >= 1 && Number(month) <= 12 && Number(hour) < 24 && Number(minutes) < 60)
      return zone.instantOf(local);
  }
  throw new JqlError(
    `Date value '${text}' for field '${field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', ` +
      `'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.`,
  );
}
