import { floorMinute } from '../../protocol/instant.ts';
import { HashSet } from './hash-set.ts';

/** For reconciling: how many rows of a window were read, before and after its position. */
export class WindowTally {
  met = new HashSet();
  /** Rows of this run that stand within the window. */
  inRange = 0;
  /** Rows before the position, those of earlier runs included. */
  read: number;
  /** Rows per minute at or after the position: they are `read` once it has passed them. */
  readonly #ahead = new Map<number, number>();

  constructor(read: number) {
    this.read = read;
  }

  /**
   * A row that stands within the window came.
   * @param minute the one it stands in; undefined: it is not settled
   * @param isFound an id scan brought it: its key was met before
   */
  add(key: string, minute: number | undefined, position: number | undefined, isFound: boolean): void {
    if (!this.met.add(key) && !isFound) return;
    this.inRange++;
    if (minute === undefined) return;
    if (position !== undefined && minute < position) this.read++;
    else this.#ahead.set(minute, (this.#ahead.get(minute) ?? 0) + 1);
  }

  /** A row is there and could not be read: it is accounted for. */
  owe(key: string): void {
    if (!this.met.add(key)) return;
    this.inRange++;
    this.read++;
  }

  /** The position moved to `minute`. */
  moved(minute: number): void {
    for (const [at, n] of this.#ahead) {
      if (at >= minute) continue;
      this.read += n;
      this.#ahead.delete(at);
    }
  }

  /** The window is read from its beginning again. */
  restart(read = 0): void {
    this.met = new HashSet();
    this.inRange = 0;
    this.read = read;
    this.#ahead.clear();
  }
}

/** The minute of a settled time. */
export const minuteOf = (time: number, end: number): number | undefined =>
  time < end ? floorMinute(time) : undefined;
