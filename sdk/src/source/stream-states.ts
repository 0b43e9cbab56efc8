import type { JsonObject } from '../protocol/messages.ts';
import type { Scan } from './cursor.ts';

type AnyScan = Pick<Scan<unknown>, 'state' | 'settled'>;

/** The partitions of one stream's state while the stream is read: what was saved, and the scans under way. */
export class StreamStates {
  readonly #partitions: Map<string, JsonObject>;
  /** Scans that sent or finished something: their state is more than what was saved. */
  readonly #moved = new Map<string, AnyScan>();
  /** A partition ended while its state could not account for what it had sent. */
  #lost = false;

  constructor(saved: Readonly<Record<string, JsonObject>>) {
    this.#partitions = new Map(Object.entries(saved));
  }

  saved(partition: string): JsonObject | undefined {
    return this.#partitions.get(partition);
  }

  /** A unit of the scan was written, or one of its parts finished. */
  moved(partition: string, scan: AnyScan): void {
    this.#moved.set(partition, scan);
  }

  /** The scan ended, whole or not: its state stays as it is now. */
  closed(partition: string): void {
    const scan = this.#moved.get(partition);
    if (!scan) return;
    this.#moved.delete(partition);
    if (scan.settled?.() === false) this.#lost = true;
    else this.#partitions.set(partition, scan.state());
  }

  /** All partitions at this moment; undefined where they do not account for every record sent (invariant 1). */
  now(): Record<string, JsonObject> | undefined {
    if (this.#lost) return undefined;
    for (const scan of this.#moved.values()) if (scan.settled?.() === false) return undefined;
    const all = new Map(this.#partitions);
    for (const [key, scan] of this.#moved) all.set(key, scan.state());
    return Object.fromEntries(all);
  }
}
