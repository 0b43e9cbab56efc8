import { Buffer } from 'node:buffer';
import { ConfigError } from '../errors.ts';
import { InvalidJsonError } from '../protocol/json-bytes.ts';
import { Selection } from '../protocol/selection.ts';

/**
 * Parses the JSON of an input file.
 * @throws ConfigError with the line, the column and what JSON expects there
 */
export function parseJson(text: string, flag: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // We don't use JSON.parse's own message: it quotes the surrounding text, which may contain a secret
    // (invariant 6).
    const { at, what } = mistakeIn(text);
    const before = text.slice(0, at).split('\n');
    const isEmpty = text.trim() === '';
    throw new ConfigError(isEmpty ? 'this is not valid JSON' : `this is not valid JSON: ${what}`, {
      code: 'input.not_json',
      place: isEmpty ? flag : `${flag} line ${before.length}, column ${before.at(-1)!.length + 1}`,
      hint: isEmpty ? 'it is empty' : hintFor(text, at),
    });
  }
}

const ANYTHING = new Selection({ records: '.' });

/** Finds the first JSON syntax error: its offset in characters, and a description that quotes none of the text. */
function mistakeIn(text: string): { at: number; what: string } {
  const bytes = Buffer.from(text);
  try {
    ANYTHING.scan(bytes);
  } catch (error) {
    if (error instanceof InvalidJsonError)
      return { at: bytes.toString('utf8', 0, error.offset).length, what: error.what };
  }
  return { at: 0, what: 'it is none' };
}

/** A hint for common mistakes. */
function hintFor(text: string, at: number): string | undefined {
  if (text.includes('\0')) return 'it is not UTF-8: save it as UTF-8';
  const before = text.slice(0, at).trimEnd();
  const here = text[at];
  if (here === "'") return 'names and text must be in double quotes';
  if (here === '/' || here === '#') return 'JSON has no comments';
  if (before.endsWith(',') && (here === '}' || here === ']')) return 'delete the comma before it';
  if (before === '') return 'it must be a JSON object: { "name": "value" }';
  return undefined;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]/gs;

/**
 * The first key that appears twice in the same object of a JSON text, with its line. JSON.parse would silently
 * keep only the last one.
 */
export function nameTwice(text: string): { name: string; line: number } | undefined {
  /** The keys seen so far in each open object; undefined for an array. */
  const open: Array<Set<string> | undefined> = [];
  let mayBeName = false;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') open.push(token === '{' ? new Set() : undefined);
    else if (token === '}' || token === ']') open.pop();
    const names = open.at(-1);
    if (token.startsWith('"') && mayBeName && names) {
      const name = JSON.parse(token) as string;
      if (names.has(name)) return { name, line: text.slice(0, index).split('\n').length };
      names.add(name);
    }
    mayBeName = token === '{' || token === ',';
  }
  return undefined;
}
