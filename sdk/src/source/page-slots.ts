/**
 * The scheduler of a process: limits how many pages are held at a time, from the start of a page's request until its rows
 * are passed to the writer. That bounds memory use (invariant 8). A slot is taken for each page, and a free one goes to
 * the stream that holds the fewest, among equals to the one that has waited longest for a turn. So a stream with many or
 * long partitions cannot starve the others.
 */
export class PageSlots {
  readonly #held = new Map<string, number>();
  /** Who waits, by stream. The streams are in the order of their last turns. */
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

  /** Resolves when `stream` may hold one more page. Rejects if the run is stopped. */
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

  /** `stream` has released a page. */
  give(stream: string): void {
    this.#free++;
    this.#held.set(stream, this.#held.get(stream)! - 1);
    const next = this.#neediest();
    if (next === undefined) return;
    const queue = this.#waiting.get(next)!;
    const { grant } = queue.shift()!;
    // It moves to the end of the order, so that among equals the others come first now.
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
