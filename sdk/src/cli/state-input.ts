import { ConfigError } from '../errors.ts';
import { isObject } from '../protocol/is-object.ts';
import type { JsonObject } from '../protocol/messages.ts';
import type { Input } from '../runtime/read-input.ts';
import { parseJson } from './parse-json.ts';

/** What a `--state` says. */
export interface SavedStates {
  /** The last state per stream; null: from scratch. */
  readonly states: ReadonlyMap<string, JsonObject | null>;
  /** The destination's commit number, where the states came from a destination that keeps them. */
  readonly commit: number | undefined;
}

const NONE: ReadonlyMap<string, null> = new Map();

/** What a source makes of a state that is none of ours: see SourceDefinition.adoptState. */
export type AdoptState = (item: JsonObject) => ReadonlyMap<string, JsonObject> | undefined;

/**
 * Reads states in every shape that CONTRACTS.md names: a list in the platform's shape or of STATE messages,
 * a single one, the lines that a destination printed. An empty regular file, `[]` and `{}` are no state;
 * anything else that is empty is an error: something before us failed.
 */
export function parseStates(input: Input, flag = '--state', adopt?: AdoptState): SavedStates {
  if (input.text.trim() === '') {
    if (input.isFile) return { states: NONE, commit: undefined };
    throw new ConfigError('the state is empty: what should have written it has failed', {
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
      throw new ConfigError('this is no STREAM state', {
        code: 'state.not_a_stream_state',
        place: flag,
        hint: 'a headrace source keeps one state a stream',
      });
    }
    const saved = stream.stream_state;
    if (saved !== null && saved !== undefined && !isObject(saved)) {
      throw new ConfigError(`the state of ${descriptor.name} is no object`, {
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
    // A destination's output: one message a line, of which only the states matter here.
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
    // Not an error: a pretty-printed text has lines that are no JSON by themselves, and is parsed whole.
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
