import { type JsonObject, readState, streamKey } from '@headrace/sdk/protocol';
import { DataError } from '@headrace/sdk/spec';
import { streamsOfStates } from './catalogs.ts';
import type { CallOptions } from './connector.ts';
import { ofEnd } from './failures.ts';
import type { Committed } from './ledger.ts';
import type { JobKey, StateStore } from './ports.ts';
import type { PreparedJob } from './prepare.ts';

/** The states an attempt starts from. */
interface StatesIn {
  /** A JSON list, as the source gets it. Undefined: read from the beginning. */
  readonly text: string | undefined;
  /** The streams that have a state, by stream key. */
  readonly streams: ReadonlySet<string>;
}

/** Loads and saves the states of a job. */
export interface StateKeeper {
  /** Called before each attempt. `fresh` are full-refresh streams that begin a new copy. */
  load(call: CallOptions, fresh: ReadonlySet<string>): Promise<StatesIn>;
  /** Undefined if the destination keeps the states itself. */
  readonly keep: ((committed: Committed) => void) | undefined;
  /** Resolves when everything that was kept is durable. */
  flush(): Promise<void>;
}

export function stateKeeper(job: JobKey, prepared: PreparedJob, store: StateStore): StateKeeper {
  return prepared.keepsStates ? destinationKeeper(prepared) : storeKeeper(job, store);
}

/** The destination's own journal: states and data commit together (invariant 3), nothing is kept here. */
function destinationKeeper({ destination }: PreparedJob): StateKeeper {
  return {
    async load(call) {
      const { config, connector } = destination;
      const text = await ofEnd('destination', config, connector.verb(config, { name: 'state' }, call));
      return { text, streams: streamsOfStates(parseList(text, connector.name)) };
    },
    keep: undefined,
    flush: () => Promise.resolve(),
  };
}

function parseList(text: string, who: string): JsonObject[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new DataError(`the state that ${who} printed is not JSON`, { code: 'state.damaged', cause: error });
  }
  if (!Array.isArray(value))
    throw new DataError(`the state that ${who} printed is no list`, { code: 'state.damaged' });
  return value.map((item: JsonObject) => (item.type === 'STATE' ? (item.state as JsonObject) : item));
}

/** States in a store of ours, each saved after its echo (invariant 3); the latest of a burst goes to disk. */
function storeKeeper(job: JobKey, store: StateStore): StateKeeper {
  let states = new Map<string, string>();
  let dirty = false;
  let failure: unknown;
  let saving: Promise<void> | undefined;

  async function save(): Promise<void> {
    try {
      while (dirty) {
        dirty = false;
        await store.save(job, [...states.values()]);
      }
    } catch (error) {
      failure ??= error;
    } finally {
      saving = undefined;
    }
  }
  const touch = () => {
    dirty = true;
    saving ??= save();
  };
  const flush = async () => {
    await saving;
    if (failure) throw failure;
  };

  return {
    async load(_call, fresh) {
      const loaded = await store.load(job);
      const left = loaded.map(keyed).filter(([key]) => !fresh.has(key));
      states = new Map(left);
      if (left.length < loaded.length) {
        // A new copy starts from nothing. After a crash before its first echo, the old state must be gone.
        touch();
        await flush();
      }
      const text = `[${[...states.values()].join(',')}]`;
      return {
        text: left.length === 0 ? undefined : text,
        streams: streamsOfStates(JSON.parse(text) as JsonObject[]),
      };
    },
    keep({ key, json }) {
      states.set(key, json);
      touch();
    },
    flush,
  };
}

/** A GLOBAL or LEGACY state stands alone; a STREAM state is its stream's. */
function keyed(json: string): [string, string] {
  const state = readState(json);
  if (!state)
    throw new DataError('a state that was kept does not say what it covers', { code: 'state.damaged' });
  return [state.stream ? streamKey(state.stream) : state.kind, state.json];
}
