/** The keys that were added last, up to a number of them. */
export class RecentKeys {
  readonly #most: number;
  /** Two halves: the younger one is filled; full, it becomes the older one. */
  #young = new Set<string>();
  #old = new Set<string>();
  #added = 0;

  /** @param most at least so many are remembered, at most twice as many held */
  constructor(most: number) {
    this.#most = most;
  }

  /** How many were new. */
  get added(): number {
    return this.#added;
  }

  has(key: string): boolean {
    return this.#young.has(key) || this.#old.has(key);
  }

  /** Whether the key is new. */
  add(key: string): boolean {
    const isNew = !this.has(key);
    if (isNew) this.#added++;
    this.#young.add(key);
    if (this.#young.size > this.#most) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    return isNew;
  }
}
