import { OWED_MOST } from '../unreadable.ts';

/** Records that are there and could not be read, by their keys: a partition's state names them until they come or are gone. */
export class OwedIds {
  readonly #ids: Set<string>;

  constructor(saved: Iterable<string>) {
    this.#ids = new Set(saved);
  }

  /** @returns false if they are too many to be kept: then nothing may move past them */
  owe(ids: readonly string[]): boolean {
    for (const id of ids) this.#ids.add(id);
    if (this.#ids.size <= OWED_MOST) return true;
    for (const id of ids) this.#ids.delete(id);
    return false;
  }

  /** A record came, or is gone. */
  settle(id: string): void {
    this.#ids.delete(id);
  }

  get all(): readonly string[] {
    return [...this.#ids];
  }

  get size(): number {
    return this.#ids.size;
  }
}
