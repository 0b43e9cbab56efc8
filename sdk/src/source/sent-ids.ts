import type { JsonObject } from '../protocol/messages.ts';
import { HashSet } from './cursors/hash-set.ts';
import { IdSet, idSetOf } from './cursors/id-set.ts';

/**
 * Ids that a stream sent and that its census does not know, by the census's partitions: what it is to look for when it
 * is taken next (`StreamDefinition.watches`).
 */
export class SentIds {
  readonly #partitions = new Map<string, { readonly ids: IdSet; readonly met: HashSet }>();

  /** @returns false where it was there already */
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

  /** A census's partition as it is with them: they stand in its `sent`. */
  addTo(partition: string, state: JsonObject | undefined): JsonObject | undefined {
    const own = this.#partitions.get(partition);
    if (!own) return state;
    const ids = idSetOf(state?.sent) ?? new IdSet();
    for (const id of own.ids) ids.add(id);
    return { ...state, sent: ids.json() };
  }

  /** The partition's are the census's business now. */
  delete(partition: string): void {
    this.#partitions.delete(partition);
  }

  get isEmpty(): boolean {
    return this.#partitions.size === 0;
  }

  /** Each partition's, as `IdSet.json`. */
  json(): SavedSentIds {
    return Object.fromEntries([...this.#partitions].map(([key, { ids }]) => [key, ids.json()]));
  }
}

export type SavedSentIds = Readonly<Record<string, JsonObject>>;

/** Each saved id by itself. */
export function* eachSent(saved: SavedSentIds): Generator<[partition: string, id: string]> {
  for (const [partition, ids] of Object.entries(saved))
    for (const id of idSetOf(ids) ?? []) yield [partition, id];
}

interface Known {
  readonly known: IdSet | undefined;
  readonly hidden: IdSet | undefined;
}

const decoded = new WeakMap<JsonObject, Known>();

/** Whether a census's partition, by its state, knows an id: it will miss it. */
export function isKnown(state: JsonObject | undefined, id: string): boolean {
  if (!state) return false;
  let sets = decoded.get(state);
  if (!sets) {
    sets = { known: idSetOf(state.known), hidden: idSetOf(state.hidden) };
    decoded.set(state, sets);
  }
  return sets.known?.has(id) === true || sets.hidden?.has(id) === true;
}
