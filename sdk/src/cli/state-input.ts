import { ConfigError } from '../errors.ts';
import { isObject } from '../protocol/is-object.ts';
import type { JsonObject } from '../protocol/messages.ts';
import type { Input } from '../runtime/read-input.ts';
import { parseJson } from './parse-json.ts';

/** The contents of a `--state` file. */
export interface SavedStates {
  /** The last state of each stream; null means to start from scratch. */
  readonly states: ReadonlyMap<string, JsonObject | null>;
  /** The destination's commit number, if the states came from a destination that stores them. */
  readonly commit: number | undefined;
}

const NONE: ReadonlyMap<string, null> = new Map();

/** Converts a state that was not written by this source: see SourceDefinition.adoptState. */
export type AdoptState = (item: JsonObject) => ReadonlyMap<string, JsonObject> | undefined;

/**
 * Parses states in every accepted form: a list in the platform's format or of STATE messages, a single one of
 * either, or the lines that a destination printed. An empty regular file, `[]` and `{}` mean no state. Any other
 * empty input is an error, because whatever wrote it has failed.
 */
export function parseStates(input: Input, flag = '--state', adopt?: AdoptState): SavedStates {
  if (input.text.trim() === '') {
    if (input.isFile) return { states: NONE, commit: undefined };
    throw new ConfigError('the state is empty: the command that should have written it has failed', {
      code: 'state.empty_pipe',
      place: flag,
      hint: 'see the message of the command before the pipe; `[]` means that there is no state yet',
    });
  }
  const items = itemsOf(input.text, flag);
  const states = new Map<string, JsonObject | null>();
  let commit: number | undefined = items.length === 0 && !input.isFile ? 0 : undefined;
  for (const item of items) {
    const state = item.type === 'STATE' && isObject(item.state) ? item.state : item;
    const { stream } = state;
    const descriptor = isObject(stream) ? stream.stream_descriptor : undefined;
    if (
      state.type !== 'STREAM' ||
      !isObject(stream) ||
      !isObject(descriptor) ||
      typeof descriptor.name !== 'string'
    ) {
      const adopted = adopt?.(state);
      if (adopted) {
        for (const [name, saved] of adopted) states.set(name, saved);
        continue;
      }
      throw new ConfigError('this is not a STREAM state', {
        code: 'state.not_a_stream_state',
        place: flag,
        hint: 'a headrace source has one state per stream',
      });
    }
    const saved = stream.stream_state;
    if (saved !== null && saved !== undefined && !isObject(saved)) {
      throw new ConfigError(`the state of ${descriptor.name} is not an object`, {
        code: 'state.invalid',
        place: flag,
      });
    }
    states.set(descriptor.name, saved ?? null);
    if (typeof item.commit === 'number') commit = Math.max(commit ?? 0, item.commit);
  }
  return { states, commit };
}

function itemsOf(text: string, flag: string): JsonObject[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const whole = lines.length === 1 || !isJson(lines[0]!);
  if (!whole) {
    // A destination's output has one message per line; only its STATE messages matter here.
    return lines
      .map((line, k) => objectAt(parseJson(line, `${flag} line ${k + 1}`), flag))
      .filter(({ type }) => type === 'STATE' || type === 'STREAM');
  }
  const value = parseJson(text, flag);
  if (Array.isArray(value)) return value.map((item) => objectAt(item, flag));
  const object = objectAt(value, flag);
  return Object.keys(object).length === 0 ? [] : [object];
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    // Not an error: lines of pretty-printed JSON are not JSON on their own. The text is then parsed as a whole.
    return false;
  }
}

function objectAt(value: unknown, flag: string): JsonObject {
  if (isObject(value)) return value;
  throw new ConfigError('a state must be an object or a list of objects', {
    code: 'state.invalid',
    place: flag,
  });
}
