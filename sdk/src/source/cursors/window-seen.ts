import { SEEN_MOST } from './seen-most.ts';
import type { Sent } from './sent.ts';

/** Rows as they were when they were sent, by their keys. */
export type SentRows = Map<string, Sent>;

/**
 * What a scan remembers of the rows it sent: for each window those between its position and its end (usually ties), and
 * for all windows together those after the scan's settled minute.
 */
export class WindowSeen {
  readonly #most: number;
  readonly #late: SentRows = new Map();
  readonly #near: SentRows[] = [];
  readonly #kept = new Set<SentRows>();
  #size = 0;
  /** Rows that had to be forgotten although the next scan reads them again. It sends them again. */
  forgotten = 0;

  constructor(most = SEEN_MOST) {
    this.#most = most;
  }

  /** A map for one window's rows. */
  near(): SentRows {
    const map: SentRows = new Map();
    this.#near.push(map);
    return map;
  }

  /** The map for rows that are not settled, and for those without a time. */
  get late(): SentRows {
    return this.#late;
  }

  /** The next scan reads a window's rows again. */
  keep(map: SentRows): void {
    this.#kept.add(map);
  }

  remember(map: SentRows, key: string, sent: Sent): void {
    if (!map.delete(key)) this.#size++;
    map.set(key, sent);
  }

  /**
   * Called once per page. Forgets the oldest rows of the largest map first, because a scan is ordered and its position
   * passes them first.
   */
  trim(): void {
    while (this.#size > this.#most) {
      const fullest = this.#near.reduce((a, b) => (b.size > a.size ? b : a), this.#late);
      for (const key of fullest.keys()) {
        if (this.#size <= this.#most) break;
        this.forget(fullest, key);
        // A window's own ties matter only if it is interrupted among them.
        if (fullest === this.#late || this.#kept.has(fullest)) this.forgotten++;
      }
    }
  }

  /** A window's position moved. Rows before it need not be remembered. */
  forgetBefore(map: SentRows, time: number): void {
    for (const [key, sent] of map) if (sent.time < time) this.forget(map, key);
  }

  forgetAll(map: SentRows): void {
    this.#size -= map.size;
    map.clear();
  }

  /** For the state. If a key is in two maps, the later one counts. */
  entries(): SentRows {
    const all: SentRows = new Map();
    for (const map of [...this.#near, this.#late]) for (const [key, sent] of map) all.set(key, sent);
    return all;
  }

  forget(map: SentRows, key: string): void {
    if (map.delete(key)) this.#size--;
  }
}
