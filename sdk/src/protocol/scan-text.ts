import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  InvalidJsonError,
  OPEN_BRACE,
  OPEN_BRACKET,
  passed,
  QUOTE,
  skipColon,
  skipSpace,
  skipString,
} from './json-bytes.ts';
import type { JsonText } from './json-text.ts';
import type { Page } from './page.ts';
import { childOf, type PathNode } from './path-tree.ts';

const LETTER_N = 0x6e;

/** Integers per record before its slots: start, end, and 1 if its slice contains a line break. */
export const ROW_HEAD = 3;

/**
 * Scans the text that `page` was opened with, and writes the positions of its records and selected values into it.
 * @param whole set if the text itself is the record
 * @throws InvalidJsonError if JSON.parse would throw
 */
export function scanText(page: Page, root: PathNode, whole: PathNode | undefined): void {
  const { json: text } = page;
  if (!text.isContainer) {
    scanScalar(text, root, page);
    if (whole) page.isNoList = true;
  } else if (whole) {
    if (text.bytes[text.start] === OPEN_BRACKET) page.isNoList = true;
    page.startRecords();
    checkEnd(text, scanRow(text, text.start, whole, page));
  } else checkEnd(text, scanValue(text, text.start, root, page.fields, 0, page));
}

/** Checks the value at `i`, captures what `node` selects, and returns the position after it. */
function scanValue(
  text: JsonText,
  i: number,
  node: PathNode,
  into: Int32Array,
  base: number,
  page: Page,
): number {
  const b = text.bytes;
  const c = b[i];
  let behind: number;
  if (c === OPEN_BRACE && node.lengths !== 0) behind = scanObject(text, i, node, into, base, page);
  else if (c === OPEN_BRACKET && node.element) behind = scanRecords(text, i, node.element, page);
  else if (node.holdsRecords) behind = scanNoList(text, i, node, page);
  else behind = text.skipValue(i);
  for (const slot of node.slots) {
    into[base + 2 * slot] = i;
    into[base + 2 * slot + 1] = behind;
  }
  return behind;
}

function scanObject(
  text: JsonText,
  start: number,
  node: PathNode,
  into: Int32Array,
  base: number,
  page: Page,
): number {
  const { bytes: b, words: w, end, lastQuote } = text;
  const { lengths } = node;
  let i = start + 1;
  if (b[i]! <= 0x20) i = skipSpace(b, i);
  if (b[i] === CLOSE_BRACE) return i + 1;
  for (;;) {
    if (b[i] !== QUOTE) throw new InvalidJsonError(i, 'a key is missing');
    const key = i + 1;
    passed.escape = false;
    i = skipString(b, w, key, end, lastQuote);
    const length = i - 1 - key;
    const child =
      passed.escape || (lengths & (1 << Math.min(length, 31))) !== 0
        ? childOf(node, b, key, length, passed.escape)
        : undefined;
    i = skipColon(b, i);
    if (b[i]! <= 0x20) i = skipSpace(b, i);
    if (child === undefined) i = text.skipValue(i);
    else {
      for (const slot of child.below) into[base + 2 * slot] = -1;
      if (child.holdsRecords) page.forgetRecords();
      i = scanValue(text, i, child, into, base, page);
    }
    if (i === end) throw new InvalidJsonError(i, 'it ends too early');
    if (b[i]! <= 0x20) i = skipSpace(b, i);
    if (b[i] === CLOSE_BRACE) return i + 1;
    if (b[i] !== COMMA) throw new InvalidJsonError(i, 'a comma or } is missing');
    i++;
    if (b[i]! <= 0x20) i = skipSpace(b, i);
  }
}

/** Adds the record at `start` as a row, and returns the position after it. */
function scanRow(text: JsonText, start: number, element: PathNode, page: Page): number {
  passed.lineBreak = false;
  const base = page.addRow(start);
  const behind = scanValue(text, start, element, page.rows, base + ROW_HEAD, page);
  page.rows[base + 1] = behind;
  page.rows[base + 2] = passed.lineBreak ? 1 : 0;
  return behind;
}

function checkEnd(text: JsonText, behind: number): void {
  if (behind !== text.end) throw new InvalidJsonError(behind, 'something follows the value');
}

function scanRecords(text: JsonText, start: number, element: PathNode, page: Page): number {
  const { bytes: b, end } = text;
  page.startRecords();
  const outside = passed.lineBreak;
  let i = skipSpace(b, start + 1);
  if (b[i] === CLOSE_BRACKET) return i + 1;
  for (;;) {
    i = scanRow(text, i, element, page);
    if (i === end) throw new InvalidJsonError(i, 'it ends too early');
    if (b[i]! <= 0x20) i = skipSpace(b, i);
    if (b[i] === CLOSE_BRACKET) break;
    if (b[i] !== COMMA) throw new InvalidJsonError(i, 'a comma or ] is missing');
    i = skipSpace(b, i + 1);
  }
  passed.lineBreak = outside;
  return i + 1;
}

/**
 * Handles a value that is not a list in the place of the records, or on the path to it. It is one record, no
 * record, or an error.
 */
function scanNoList(text: JsonText, i: number, node: PathNode, page: Page): number {
  const c = text.bytes[i];
  if (c === OPEN_BRACE && node.isMember && node.element) {
    const outside = passed.lineBreak;
    page.startRecords();
    const behind = scanRow(text, i, node.element, page);
    passed.lineBreak = outside;
    return behind;
  }
  // No other value begins with an n.
  if (c === LETTER_N && page.selection.nullable) page.startRecords();
  else if (node.element) page.isNoList = true;
  return text.skipValue(i);
}

/**
 * A text that is a single string, number or literal. This is rare and short, so JSON.parse checks it (as Latin-1,
 * which does not require valid UTF-8).
 */
function scanScalar(text: JsonText, root: PathNode, page: Page): void {
  const { start, end } = text;
  try {
    JSON.parse(page.bytes.toString('latin1', start - text.base, end - text.base));
  } catch {
    throw new InvalidJsonError(start, 'a JSON value is missing');
  }
  if (root.holdsRecords) {
    if (text.bytes[start] === LETTER_N && page.selection.nullable) page.startRecords();
    else if (root.element) page.isNoList = true;
  }
  for (const slot of root.slots) page.fields.set([start, end], 2 * slot);
}
