import { printable } from '@headrace/sdk/protocol';

type Color = 'green' | 'red' | 'yellow' | 'dim' | 'bold';

/** A coloured part of a line. */
export interface Painted {
  readonly color: Color;
  readonly text: string;
}

/**
 * A line to print, in parts. Colours are kept beside the text, never in it: an escape sequence in a text is not ours.
 */
export type Line = string | Painted | ReadonlyArray<string | Painted>;

export function paint(color: Color, text: string): Painted {
  return { color, text };
}

const CODES = { green: [32, 39], red: [31, 39], yellow: [33, 39], dim: [2, 22], bold: [1, 22] } as const;
const CONTINUATION = '    │ ';

export interface LineOptions {
  readonly colors: boolean;
  readonly scrub: (text: string) => string;
}

/** The text of a line for a terminal or a log. A line break in it is not ours, so what follows is indented. */
export function lineText(line: Line, { colors, scrub }: LineOptions): string {
  return partsOf(line)
    .map((part) => inColor(part, printable(scrub(textOf(part)), CONTINUATION), colors))
    .join('');
}

/** The same, cut to one line of the terminal: a wrapped line would be cleared only in part. */
export function cutText(line: Line, columns: number, { colors, scrub }: LineOptions): string {
  const parts = partsOf(line).map((part) => [part, [...printable(scrub(textOf(part)))]] as const);
  const length = parts.reduce((sum, [, letters]) => sum + letters.length, 0);
  let room = length < columns ? length : Math.max(0, columns - 2);
  const shown = parts.map(([part, letters]) => {
    const kept = letters.slice(0, room);
    room -= kept.length;
    return inColor(part, kept.join(''), colors);
  });
  return `${shown.join('')}${length < columns ? '' : '…'}`;
}

function partsOf(line: Line): ReadonlyArray<string | Painted> {
  return typeof line === 'string' || 'color' in line ? [line] : line;
}

function textOf(part: string | Painted): string {
  return typeof part === 'string' ? part : part.text;
}

function inColor(part: string | Painted, text: string, colors: boolean): string {
  if (typeof part === 'string' || !colors) return text;
  const [on, off] = CODES[part.color];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}
