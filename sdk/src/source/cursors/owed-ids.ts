import { OWED_MOST } from '../unreadable.ts';

/** Keys of records that exist but could not be read. They stay in a partition's state until the records come or are gone. */
export class OwedIds {
  readonly #ids: Set<string>;

  constructor(saved: Iterable<string>) {
    this.#ids = new Set(saved);
  }

  /** @returns false if there would be too many to keep; then nothing is added, and the position must not pass them */
  owe(ids: readonly string[]): boolean {
    const more = ids.filter((id) => !this.#ids.has(id));
    if (more.length > 0 && this.#ids.size + more.length > OWED_MOST) return false;
    this.add(more);
    return true;
  }

  /** Adds ids however many there are. */
  add(ids: Iterable<string>): void {
    for (const id of ids) this.#ids.add(id);
  }

  has(id: string): boolean {
    return this.#ids.has(id);
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
