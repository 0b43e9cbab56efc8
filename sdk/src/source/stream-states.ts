import type { JsonObject } from '../protocol/messages.ts';
import { Backlog } from './backlog.ts';
import type { PartitionScan } from './cursor.ts';
import { isKnown, SentIds } from './sent-ids.ts';

/** The states of a stream's partitions while it is read: the saved ones, and those of the scans in progress. */
export class StreamStates {
  readonly #partitions: Map<string, JsonObject>;
  /** Scans that have sent or finished something, so that their state is ahead of the saved one. */
  readonly #moved = new Map<string, PartitionScan>();
  /** What other streams made this one owe before its scans were opened. */
  readonly #backlog = new Backlog((partition) => this.#partitions.get(partition));
  /** Ids that the watched streams sent and this one does not know. */
  readonly #sent = new SentIds();
  #hasNews = false;
  /** A scan ended while its state did not account for everything that it had sent. */
  #lost = false;

  constructor(saved: Readonly<Record<string, JsonObject>>) {
    this.#partitions = new Map(Object.entries(saved));
  }

  /** The state that a partition's scan is opened with. From then on, the scan accounts for what the partition owes. */
  saved(partition: string): JsonObject | undefined {
    const saved = this.#withNews(partition, this.#partitions.get(partition));
    if (saved) this.#partitions.set(partition, saved);
    this.#backlog.delete(partition);
    this.#sent.delete(partition);
    return saved;
  }

  /** Ids that the stream has to send. Call it before the partition's scan is opened. */
  owe(partition: string, ids: Iterable<string>): void {
    if (this.#backlog.owe(partition, ids)) this.#hasNews = true;
  }

  /** See `Backlog.oweOnce`. */
  oweOnce(partition: string, id: string): void {
    if (this.#backlog.oweOnce(partition, id)) this.#hasNews = true;
  }

  /** An id that a watched stream sends (`StreamDefinition.watches`). Call it before a STATE covers the record. */
  sent(partition: string, id: string): void {
    if (isKnown(this.#partitions.get(partition), id)) return;
    if (this.#sent.add(partition, id)) this.#hasNews = true;
  }

  /** Whether there are ids, owed or sent, that no STATE contains yet. */
  get hasNews(): boolean {
    return this.#hasNews;
  }

  /** A STATE was sent that contains them. */
  sentNews(): void {
    this.#hasNews = false;
  }

  #withNews(partition: string, state: JsonObject | undefined): JsonObject | undefined {
    return this.#sent.addTo(partition, this.#backlog.addTo(partition, state));
  }

  /** A unit of the scan was written, or one of its parts ended. */
  moved(partition: string, scan: PartitionScan): void {
    this.#moved.set(partition, scan);
  }

  /** The scan ended, completely or not. Its state stays as it is now. */
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

  /** All partitions now; undefined if they do not account for every record that was sent (invariant 1). */
  now(): Record<string, JsonObject> | undefined {
    if (this.#lost) return undefined;
    for (const scan of this.#moved.values()) if (scan.settled?.() === false) return undefined;
    const all = new Map(this.#partitions);
    for (const key of this.#backlog.keys()) all.set(key, this.#backlog.addTo(key, all.get(key))!);
    for (const [key, scan] of this.#moved) all.set(key, scan.state());
    for (const key of this.#sent.keys()) all.set(key, this.#sent.addTo(key, all.get(key))!);
    return Object.fromEntries(all);
  }
}
