import { Buffer } from 'node:buffer';
import { ConfigError } from '../../errors.ts';
import { LONGEST_STATES } from '../../protocol/limits.ts';
import { streamKey } from '../../protocol/messages.ts';
import type { Page } from '../../protocol/page.ts';
import { Selection } from '../../protocol/selection.ts';
import { readState, type StateToCommit } from '../../protocol/state-line.ts';
import { readInput } from '../../runtime/read-input.ts';

const list = new Selection({ records: '' });
const PLACE = '--set';

/**
 * States in any shape that `--state` of a source takes too: a list in the platform's shape or of whole STATE
 * messages, a single one, the lines that a destination printed (the last state of each stream counts).
 * @param file `-` is standard input
 * @throws ConfigError where it is something else, or empty and no regular file: something before it failed
 */
export async function readStates(file: string): Promise<StateToCommit[]> {
  const { text, isFile } = await readInput(file, PLACE, LONGEST_STATES);
  if (text.trim() === '') {
    if (isFile) return [];
    throw new ConfigError('nothing came where states were expected', {
      code: 'state.empty',
      place: PLACE,
      hint: '[] says that there are none',
    });
  }
  const last = new Map<string, StateToCommit>();
  for (const json of itemsOf(text)) {
    const state = stateOf(json);
    if (!state)
      throw new ConfigError(`this is no state: ${json.slice(0, 100)}`, {
        code: 'state.invalid',
        place: PLACE,
      });
    last.set(state.stream ? streamKey(state.stream) : '', state);
  }
  return [...last.values()];
}

/** The bytes are kept: a number that JavaScript cannot hold stays as it is. */
function itemsOf(text: string): string[] {
  const trimmed = text.trim();
  if (trimmed.startsWith('[')) {
    const page = scan(trimmed);
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

function stateOf(json: string): StateToCommit | undefined {
  if (!isJson(json))
    throw new ConfigError(`this is not JSON: ${json.slice(0, 100)}`, { code: 'state.invalid', place: PLACE });
  return readState(json);
}

function scan(text: string): Page {
  try {
    return list.scan(Buffer.from(text)) as Page;
  } catch (error) {
    throw new ConfigError(`this is not JSON: ${(error as Error).message}`, {
      code: 'state.invalid',
      place: PLACE,
      cause: error,
    });
  }
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
