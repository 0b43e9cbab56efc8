import type { JsonObject } from '../protocol/messages.ts';
import type { PartitionScan } from './cursor.ts';
import { SEEN_MOST } from './cursors/seen-most.ts';
import { isKnown, SentIds } from './sent-ids.ts';

/** The partitions of one stream's state while the stream is read: what was saved, and the scans under way. */
export class StreamStates {
  readonly #partitions: Map<string, JsonObject>;
  /** Scans that sent or finished something: their state is more than what was saved. */
  readonly #moved = new Map<string, PartitionScan>();
  /** Ids that other streams made this one owe, per partition, while it was not being read. */
  readonly #owed = new Map<string, Set<string>>();
  /** Those of them that are owed once, whatever else is read again. */
  readonly #named = new Map<string, Set<string>>();
  /** Ids that the streams sent which this one watches, and does not know. */
  readonly #sent = new SentIds();
  #hasNewDebts = false;
  /** A partition ended while its state could not account for what it had sent. */
  #lost = false;

  constructor(saved: Readonly<Record<string, JsonObject>>) {
    this.#partitions = new Map(Object.entries(saved));
  }

  /** What a partition's scan begins with. From then on what it owes is the scan's to say. */
  saved(partition: string): JsonObject | undefined {
    const debts = this.#withDebts(partition, this.#partitions.get(partition));
    const saved = this.#sent.addTo(partition, debts);
    if (saved) this.#partitions.set(partition, saved);
    this.#owed.delete(partition);
    this.#sent.delete(partition);
    return saved;
  }

  /**
   * Ids that the stream has to send, as its state's `owed` says until they were sent. To be called before the
   * partition's scan is opened.
   */
  owe(partition: string, ids: Iterable<string>): void {
    for (const id of ids) {
      const owed = this.#debtsOf(partition);
      if (owed.has(id)) continue;
      owed.add(id);
      this.#hasNewDebts = true;
    }
  }

  /**
   * `owe` for ids that come with every read (from streams that are read whole each time): each is owed once, and
   * stands in the state's `named` from then on. At most 20,000 are known; more are owed each time.
   */
  oweOnce(partition: string, id: string): void {
    let named = this.#named.get(partition);
    if (!named) {
      named = new Set(idsIn(this.#partitions.get(partition)?.named));
      this.#named.set(partition, named);
    }
    if (named.has(id)) return;
    if (named.size < SEEN_MOST) named.add(id);
    this.owe(partition, [id]);
  }

  /** An id that a watched stream sends (`StreamDefinition.watches`), before the record is covered by a STATE. */
  sent(partition: string, id: string): void {
    if (isKnown(this.#partitions.get(partition), id)) return;
    if (this.#sent.add(partition, id)) this.#hasNewDebts = true;
  }

  /** Whether something is owed, or was sent, that no STATE has said yet. */
  get hasNewDebts(): boolean {
    return this.#hasNewDebts;
  }

  /** A STATE says now what is owed and was sent. */
  saidDebts(): void {
    this.#hasNewDebts = false;
  }

  #debtsOf(partition: string): Set<string> {
    let owed = this.#owed.get(partition);
    if (!owed) {
      owed = new Set(idsIn(this.#partitions.get(partition)?.owed));
      this.#owed.set(partition, owed);
    }
    return owed;
  }

  #withDebts(partition: string, state: JsonObject | undefined): JsonObject | undefined {
    const owed = this.#owed.get(partition);
    if (!owed) return state;
    const named = this.#named.get(partition);
    return { ...state, owed: [...owed], ...(named ? { named: [...named] } : {}) };
  }

  /** A unit of the scan was written, or one of its parts finished. */
  moved(partition: string, scan: PartitionScan): void {
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

  /** The next run reads a partition of a full refresh from its start. */
  again(partition: string): void {
    this.#partitions.set(partition, {});
  }

  /** All partitions at this moment; undefined where they do not account for every record sent (invariant 1). */
  now(): Record<string, JsonObject> | undefined {
    if (this.#lost) return undefined;
    for (const scan of this.#moved.values()) if (scan.settled?.() === false) return undefined;
    const all = new Map(this.#partitions);
    for (const key of this.#owed.keys()) all.set(key, this.#withDebts(key, all.get(key))!);
    for (const [key, scan] of this.#moved) all.set(key, scan.state());
    for (const key of this.#sent.keys()) all.set(key, this.#sent.addTo(key, all.get(key))!);
    return Object.fromEntries(all);
  }
}

/** A list in a partition that nobody has checked yet: that is its cursor's business, and its stream's failure. */
const idsIn = (saved: unknown): readonly string[] => (Array.isArray(saved) ? (saved as string[]) : []);
