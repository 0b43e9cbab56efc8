import { isObject } from '../protocol/is-object.ts';
import type { JsonObject } from '../protocol/messages.ts';
import { SEEN_MOST } from './cursors/seen-most.ts';

/** A backlog in a state: partition → ids. */
export type SavedBacklog = Readonly<Record<string, readonly string[]>>;

/** Ids that a stream has to send because of others, by partition (`ReadContext.owe`, `SourceDefinition.references`). */
export class Backlog {
  readonly #owed = new Map<string, Set<string>>();
  /** Ids that are owed only once, however often they are named. */
  readonly #named = new Map<string, Set<string>>();
  readonly #stateOf: (partition: string) => JsonObject | undefined;

  /** @param stateOf the saved state of a partition: its `owed` and `named` belong to the backlog */
  constructor(stateOf: (partition: string) => JsonObject | undefined = () => undefined) {
    this.#stateOf = stateOf;
  }

  /** @returns whether one of the ids is new */
  owe(partition: string, ids: Iterable<string>): boolean {
    let isNew = false;
    let owed = this.#owed.get(partition);
    for (const id of ids) {
      owed ??= new Set(idsIn(this.#stateOf(partition)?.owed));
      this.#owed.set(partition, owed);
      if (owed.has(id)) continue;
      owed.add(id);
      isNew = true;
    }
    return isNew;
  }

  /**
   * `owe` for ids that are named by every read, because they come from streams that are read whole each time. The state
   * remembers up to 20,000 of them as `named`; others are owed each time.
   * @returns whether the id is new
   */
  oweOnce(partition: string, id: string): boolean {
    const named = this.#named.get(partition) ?? new Set(idsIn(this.#stateOf(partition)?.named));
    this.#named.set(partition, named);
    if (named.has(id)) return false;
    if (named.size < SEEN_MOST) named.add(id);
    return this.owe(partition, [id]);
  }

  /** The state of a partition with its backlog. */
  addTo(partition: string, state: JsonObject | undefined): JsonObject | undefined {
    const owed = this.#owed.get(partition);
    if (!owed) return state;
    const named = this.#named.get(partition);
    return { ...state, owed: [...owed], ...(named ? { named: [...named] } : {}) };
  }

  /** The partitions that owe something. */
  keys(): Iterable<string> {
    return this.#owed.keys();
  }

  /** The partition's scan was opened with its backlog, and now accounts for it. */
  delete(partition: string): void {
    this.#owed.delete(partition);
  }

  json(): SavedBacklog {
    return Object.fromEntries([...this.#owed].map(([partition, ids]) => [partition, [...ids]]));
  }
}

export function isBacklog(saved: unknown): saved is SavedBacklog {
  const isIds = (ids: unknown): boolean =>
    Array.isArray(ids) && ids.every((id: unknown) => typeof id === 'string');
  return isObject(saved) && Object.values(saved).every(isIds);
}

/** The ids in a saved state that was not checked yet. If it is invalid, the stream's cursor rejects it. */
const idsIn = (saved: unknown): readonly string[] => (Array.isArray(saved) ? (saved as string[]) : []);
