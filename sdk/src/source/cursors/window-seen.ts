import { SEEN_MOST } from './seen-most.ts';

/**
 * What a scan remembers of the rows it sent, key → value (ms): per window what stands between its position
 * and where it ends (ties, mostly), and for all of them what stands behind the scan's settled minute.
 */
export class WindowSeen {
  readonly #most: number;
  readonly #late = new Map<string, number>();
  readonly #near: Array<Map<string, number>> = [];
  #size = 0;
  /** Pairs of unsettled rows that had to be forgotten: the next scan sends them again. */
  forgotten = 0;

  constructor(most = SEEN_MOST) {
    this.#most = most;
  }

  /** A map for one window's rows. */
  near(): Map<string, number> {
    const map = new Map<string, number>();
    this.#near.push(map);
    return map;
  }

  /** The map of what is younger than anything settled. */
  get late(): Map<string, number> {
    return this.#late;
  }

  remember(map: Map<string, number>, key: string, time: number): void {
    if (!map.delete(key)) this.#size++;
    map.set(key, time);
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
        if (fullest === this.#late) this.forgotten++;
      }
    }
  }

  /** A window's position moved: what stands before it need not be known. */
  forgetBefore(map: Map<string, number>, time: number): void {
    for (const [key, value] of map) if (value < time) this.forget(map, key);
  }

  forgetAll(map: Map<string, number>): void {
    this.#size -= map.size;
    map.clear();
  }

  /** For the state: of a key that was met twice the later value counts, which stands in a later map. */
  entries(): Map<string, number> {
    const all = new Map<string, number>();
    for (const map of [...this.#near, this.#late]) for (const [key, time] of map) all.set(key, time);
    return all;
  }

  forget(map: Map<string, number>, key: string): void {
    if (map.delete(key)) this.#size--;
  }
}
