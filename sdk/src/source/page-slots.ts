/**
 * The scheduler of a process: how many pages may be held at a time, from the beginning of a page's fetch
 * until its rows were handed to the writer. That bounds memory (invariant 8), and as a slot is asked for
 * each page, a stream with many or long partitions cannot starve the others: a free slot goes to the
 * stream that holds the fewest, and among equals to the one that had none for longest.
 */
export class PageSlots {
  readonly #held = new Map<string, number>();
  /** Who waits, per stream; the order of the streams is that of their last turn. */
  readonly #waiting = new Map<string, Array<{ grant: () => void; refuse: (reason: unknown) => void }>>();
  readonly #signal: AbortSignal;
  readonly most: number;
  #free: number;

  constructor(most: number, signal: AbortSignal) {
    this.most = most;
    this.#free = most;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#refuseAll(), { once: true });
  }

  /** Resolves when `stream` may hold one page more; rejects once the run is stopped. */
  take(stream: string): Promise<void> {
    if (this.#signal.aborted) return Promise.reject(this.#signal.reason);
    if (this.#free > 0) {
      this.#grant(stream);
      return Promise.resolve();
    }
    return new Promise((grant, refuse) => {
      const queue = this.#waiting.get(stream);
      if (queue) queue.push({ grant, refuse });
      else this.#waiting.set(stream, [{ grant, refuse }]);
    });
  }

  /** `stream` holds one page less. */
  give(stream: string): void {
    this.#free++;
    this.#held.set(stream, this.#held.get(stream)! - 1);
    const next = this.#neediest();
    if (next === undefined) return;
    const queue = this.#waiting.get(next)!;
    const { grant } = queue.shift()!;
    // To the end of the order: among equals the others come first now.
    this.#waiting.delete(next);
    if (queue.length > 0) this.#waiting.set(next, queue);
    this.#grant(next);
    grant();
  }

  #grant(stream: string): void {
    this.#free--;
    this.#held.set(stream, (this.#held.get(stream) ?? 0) + 1);
  }

  #neediest(): string | undefined {
    let found: string | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const stream of this.#waiting.keys()) {
      const held = this.#held.get(stream) ?? 0;
      if (held >= least) continue;
      found = stream;
      least = held;
    }
    return found;
  }

  #refuseAll(): void {
    for (const queue of this.#waiting.values()) for (const { refuse } of queue) refuse(this.#signal.reason);
    this.#waiting.clear();
  }
}
