import { SEEN_MOST } from './seen-most.ts';
import type { Sent } from './sent.ts';

/** How rows stood when they were sent, by their keys. */
export type SentRows = Map<string, Sent>;

/**
 * What a scan remembers of the rows it sent: per window what stands between its position
 * and where it ends (ties, mostly), and for all of them what stands behind the scan's settled minute.
 */
export class WindowSeen {
  readonly #most: number;
  readonly #late: SentRows = new Map();
  readonly #near: SentRows[] = [];
  readonly #kept = new Set<SentRows>();
  #size = 0;
  /** Rows that the next scan reads again and that had to be forgotten: it sends them again. */
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

  /** The map of what is younger than anything settled, and of what has no time at all. */
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
   * To be called once a page. What was met first is forgotten first, in the fullest map: a scan is ordered,
   * so its position passes it first.
   */
  trim(): void {
    while (this.#size > this.#most) {
      const fullest = this.#near.reduce((a, b) => (b.size > a.size ? b : a), this.#late);
      for (const key of fullest.keys()) {
        if (this.#size <= this.#most) break;
        this.forget(fullest, key);
        // A window's own ties matter only where it is interrupted among them.
        if (fullest === this.#late || this.#kept.has(fullest)) this.forgotten++;
      }
    }
  }

  /** A window's position moved: what stands before it need not be known. */
  forgetBefore(map: SentRows, time: number): void {
    for (const [key, sent] of map) if (sent.time < time) this.forget(map, key);
  }

  forgetAll(map: SentRows): void {
    this.#size -= map.size;
    map.clear();
  }

  /** For the state: of a key that was met twice the later one counts, which stands in a later map. */
  entries(): SentRows {
    const all: SentRows = new Map();
    for (const map of [...this.#near, this.#late]) for (const [key, sent] of map) all.set(key, sent);
    return all;
  }

  forget(map: SentRows, key: string): void {
    if (map.delete(key)) this.#size--;
  }
}
