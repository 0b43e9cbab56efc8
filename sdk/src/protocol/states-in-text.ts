import { Buffer } from 'node:buffer';
import { ConfigError } from '../errors.ts';
import { isObject } from './is-object.ts';
import { streamKey } from './messages.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { Selection } from './selection.ts';
import { readState, type StateToCommit } from './state-line.ts';

const list = new Selection({ records: '' });

/**
 * Reads states in any form that `--state` of a source accepts: a list in the platform's form or of whole STATE
 * messages, a single one, or the lines that a destination printed (the last state of each stream counts).
 * @param place where the text comes from, for errors
 * @throws ConfigError (`state.invalid`) if it is anything else
 */
export function statesInText(text: string, place: string): StateToCommit[] {
  const last = new Map<string, StateToCommit>();
  for (const [i, json] of itemsOf(text, place).entries()) {
    const state = isJson(json) ? readState(json) : undefined;
    if (!state)
      throw invalid(`item ${i + 1} is ${isJson(json) ? `not a state: ${shapeOf(json)}` : 'not JSON'}`, place);
    last.set(state.stream ? streamKey(state.stream) : '', state);
  }
  return [...last.values()];
}

/** The bytes are kept: a number that JavaScript cannot hold stays as it is. */
function itemsOf(text: string, place: string): string[] {
  const trimmed = text.trim();
  if (trimmed.startsWith('[')) {
    const page = scan(trimmed, place);
    return Array.from({ length: page.count }, (_, row) => Buffer.from(page.record(row)).toString('utf8'));
  }
  if (trimmed.replace(/\s/g, '') === '{}') return [];
  const lines = trimmed
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 1 || !isJson(lines[0]!)) return [trimmed];
  // A destination's whole output: its logs stand between the states.
  return lines.filter(
    (line) => /"(STATE|STREAM|GLOBAL|LEGACY)"/.test(line) && !/"type"\s*:\s*"(LOG|TRACE)"/.test(line),
  );
}

/** What an item looks like. Its values are not repeated: it may be a config, with secrets that nobody here knows. */
function shapeOf(json: string): string {
  const value = JSON.parse(json) as unknown;
  if (!isObject(value))
    return `it is ${Array.isArray(value) ? 'a list' : value === null ? 'null' : `a ${typeof value}`}`;
  const names = Object.keys(value)
    .slice(0, 10)
    .map((name) => printable(name).slice(0, 40));
  return names.length === 0 ? 'it is empty' : `it has ${names.join(', ')}`;
}

function scan(text: string, place: string): Page {
  try {
    return list.scan(Buffer.from(text)) as Page;
  } catch (error) {
    throw invalid(`this is not JSON: ${(error as Error).message}`, place, error);
  }
}

function invalid(message: string, place: string, cause?: unknown): ConfigError {
  return new ConfigError(message, { code: 'state.invalid', place, cause });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
