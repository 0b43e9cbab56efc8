import { Buffer } from 'node:buffer';
import { ConfigError } from '../errors.ts';
import { streamKey } from './messages.ts';
import type { Page } from './page.ts';
import { Selection } from './selection.ts';
import { readState, type StateToCommit } from './state-line.ts';

const list = new Selection({ records: '' });

/**
 * States in any shape that `--state` of a source takes too: a list in the platform's shape or of whole STATE
 * messages, a single one, the lines that a destination printed (the last state of each stream counts).
 * @param place where the text comes from, for the errors
 * @throws ConfigError (`state.invalid`) where it is something else
 */
export function statesInText(text: string, place: string): StateToCommit[] {
  const last = new Map<string, StateToCommit>();
  for (const json of itemsOf(text, place)) {
    const state = stateOf(json, place);
    if (!state) throw invalid(`this is no state: ${json.slice(0, 100)}`, place);
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

function stateOf(json: string, place: string): StateToCommit | undefined {
  if (!isJson(json)) throw invalid(`this is not JSON: ${json.slice(0, 100)}`, place);
  return readState(json);
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
