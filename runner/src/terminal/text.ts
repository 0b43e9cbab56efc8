/** How numbers, sizes and times are written for people. */

const NUMBER = new Intl.NumberFormat('en-US');

export function count(value: number): string {
  return NUMBER.format(value);
}

/** Bytes in megabytes (10^6) or kilobytes, with a digit where it says something. */
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

export type Paint = (color: 'green' | 'red' | 'yellow' | 'dim' | 'bold', text: string) => string;

const CODES = { green: [32, 39], red: [31, 39], yellow: [33, 39], dim: [2, 22], bold: [1, 22] } as const;

/** Colours where the terminal has them, else the text as it is. */
export function painter(colors: boolean): Paint {
  return (color, text) => (colors ? `\u001b[${CODES[color][0]}m${text}\u001b[${CODES[color][1]}m` : text);
}

/** Names with the namespace before them, where there is one. */
export function streamName({ name, namespace }: { name: string; namespace?: string }): string {
  return namespace ? `${namespace}.${name}` : name;
}
