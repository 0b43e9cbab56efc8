import { isObject } from '../protocol/is-object.ts';

/** A backlog as it stands in a state (`owes`): stream → partition → ids. */
export type SavedBacklog = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** Ids that streams have to send and were not told of yet (`ReadContext.owe`), by stream and partition. */
export class Backlog {
  readonly #streams = new Map<string, Map<string, Set<string>>>();

  constructor(saved: SavedBacklog = {}) {
    for (const [stream, partitions] of Object.entries(saved))
      for (const [partition, ids] of Object.entries(partitions)) this.add(stream, partition, ids);
  }

  add(stream: string, partition: string, ids: Iterable<string>): void {
    const partitions = this.#streams.get(stream) ?? new Map<string, Set<string>>();
    this.#streams.set(stream, partitions);
    const own = partitions.get(partition) ?? new Set<string>();
    partitions.set(partition, own);
    for (const id of ids) own.add(id);
  }

  /** What each stream has to send in each partition. */
  *[Symbol.iterator](): Generator<[stream: string, partition: string, ids: readonly string[]]> {
    for (const [stream, partitions] of this.#streams)
      for (const [partition, ids] of partitions) yield [stream, partition, [...ids]];
  }

  /** Undefined: nothing. */
  json(): SavedBacklog | undefined {
    if (this.#streams.size === 0) return undefined;
    return Object.fromEntries(
      [...this.#streams].map(([stream, partitions]) => [
        stream,
        Object.fromEntries([...partitions].map(([partition, ids]) => [partition, [...ids]])),
      ]),
    );
  }
}

export function isBacklog(saved: unknown): saved is SavedBacklog {
  const isIds = (ids: unknown): boolean =>
    Array.isArray(ids) && ids.every((id: unknown) => typeof id === 'string');
  return (
    isObject(saved) && Object.values(saved).every((own) => isObject(own) && Object.values(own).every(isIds))
  );
}
