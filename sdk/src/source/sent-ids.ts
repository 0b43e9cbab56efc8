import type { JsonObject } from '../protocol/messages.ts';
import { HashSet } from './cursors/hash-set.ts';
import { IdSet, idSetOf } from './cursors/id-set.ts';

/**
 * Ids that a stream sent and its census does not know yet, by the census's partitions. The next census looks for them
 * (`StreamDefinition.watches`).
 */
export class SentIds {
  readonly #partitions = new Map<string, { readonly ids: IdSet; readonly met: HashSet }>();

  /** @returns false if it was there already */
  add(partition: string, id: string): boolean {
    let own = this.#partitions.get(partition);
    if (!own) {
      own = { ids: new IdSet(), met: new HashSet() };
      this.#partitions.set(partition, own);
    }
    if (!own.met.add(id)) return false;
    own.ids.add(id);
    return true;
  }

  keys(): Iterable<string> {
    return this.#partitions.keys();
  }

  /** The state of a census's partition with these ids in its `sent`. */
  addTo(partition: string, state: JsonObject | undefined): JsonObject | undefined {
    const own = this.#partitions.get(partition);
    if (!own) return state;
    const ids = idSetOf(state?.sent) ?? new IdSet();
    for (const id of own.ids) ids.add(id);
    return { ...state, sent: ids.json() };
  }

  /** The census was opened with the partition's ids, and now accounts for them. */
  delete(partition: string): void {
    this.#partitions.delete(partition);
  }

  get isEmpty(): boolean {
    return this.#partitions.size === 0;
  }

  /** The ids of each partition, as `IdSet.json`. */
  json(): SavedSentIds {
    return Object.fromEntries([...this.#partitions].map(([key, { ids }]) => [key, ids.json()]));
  }
}

export type SavedSentIds = Readonly<Record<string, JsonObject>>;

/** The saved ids, one by one. */
export function* eachSent(saved: SavedSentIds): Generator<[partition: string, id: string]> {
  for (const [partition, ids] of Object.entries(saved))
    for (const id of idSetOf(ids) ?? []) yield [partition, id];
}

interface Known {
  readonly known: IdSet | undefined;
  readonly hidden: IdSet | undefined;
}

const decoded = new WeakMap<JsonObject, Known>();

/** Whether the state of a census's partition contains an id, so that the census notices if it is gone. */
export function isKnown(state: JsonObject | undefined, id: string): boolean {
  if (!state) return false;
  let sets = decoded.get(state);
  if (!sets) {
    sets = { known: idSetOf(state.known), hidden: idSetOf(state.hidden) };
    decoded.set(state, sets);
  }
  return sets.known?.has(id) === true || sets.hidden?.has(id) === true;
}
