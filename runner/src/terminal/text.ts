import { printable } from '@headrace/sdk/protocol';

/** Numbers, sizes, times and names for people. */

const NUMBER = new Intl.NumberFormat('en-US');

export function count(value: number): string {
  return NUMBER.format(value);
}

/** Bytes in megabytes (10^6) or kilobytes, with one decimal if it is useful. */
export function megabytes(bytes: number): string {
  const mb = bytes / 1e6;
  if (mb < 1) return `${(bytes / 1e3).toFixed(bytes < 10_000 ? 1 : 0)} kB`;
  return `${mb >= 100 ? count(Math.round(mb)) : mb.toFixed(1)} MB`;
}

/** `42 s`, `3:07 min`, `1:02:09 h` */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${seconds} s`;
  const two = (n: number) => String(n).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes}:${two(seconds % 60)} min`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)} h`;
}

/** A stream's name, with its namespace before it if there is one; always on one line. */
export function streamName({ name, namespace }: { name: string; namespace?: string | null }): string {
  return printable(namespace ? `${namespace}.${name}` : name);
}

/** The first line of a text, to be used in a sentence. */
export function firstLine(text: string): string {
  return text.trim().split(/[\r\n]/, 1)[0] as string;
}

/** `2026-11-20 09:08`, in UTC; a text that is no time stays as it is. */
export function minute(time: number | string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : date.toISOString().slice(0, 16).replace('T', ' ');
}

/** How long ago, or how long from now, in one unit: `5 min`, `3 h`, `2 days`. */
export function span(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  if (minutes < 1) return 'less than a minute';
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

/** A time as people write it, in a time zone: `Wed 2 Dec 02:00`. */
export function clockTime(at: number, timezone = 'UTC'): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  return `${of('weekday')} ${of('day')} ${of('month')} ${of('hour')}:${of('minute')}`;
}
