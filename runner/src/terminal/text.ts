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
export function streamName({ name, namespace }: { name: string; namespace?: string }): string {
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
