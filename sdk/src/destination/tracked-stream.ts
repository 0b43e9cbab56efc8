import type { LostData } from '../protocol/broken-line.ts';
import type { ConfiguredStream } from '../protocol/catalog.ts';
import type { StreamDescriptor, StreamStatus } from '../protocol/messages.ts';
import type { StreamCounts, StreamSink } from './writer.ts';

type RunningCounts = { -readonly [K in keyof StreamCounts]: StreamCounts[K] };

/** What the write loop knows about a stream. */
export class TrackedStream {
  readonly stream: StreamDescriptor;
  /** Its name for people. */
  readonly label: string;
  /** Its entry in the catalog. */
  readonly asked: ConfiguredStream | undefined;
  /** Whether there is a catalog without this stream. */
  readonly outside: boolean;
  sink: StreamSink | undefined;
  /** Since the stream's last state. */
  stored = 0;
  rejected = 0;
  /** Up to the stream's last state. Their sum is always the number of records received (invariant 5). */
  readonly total: RunningCounts = { stored: 0, quarantined: 0, rolledBack: 0 };
  /** What unreadable lines contained since the last state: at most, and how much of it is counted here. */
  missing = { records: 0, states: 0, counted: 0 };
  /** A line of it, or of an unknown stream, could not be read: it is not complete, whatever its source says. */
  damaged = false;
  /** Why no more of it is accepted; undefined if it is. */
  frozen: string | undefined;
  #hasState = false;
  #told = false;
  #statuses = new Set<StreamStatus>();
  #last: StreamStatus | undefined;

  constructor(stream: StreamDescriptor, asked?: ConfiguredStream, outside = false) {
    this.stream = stream;
    this.asked = asked;
    this.outside = outside;
    this.label =
      stream.name === ''
        ? '(no stream)'
        : stream.namespace
          ? `${stream.namespace}.${stream.name}`
          : stream.name;
  }

  status(status: StreamStatus): void {
    this.#statuses.add(status);
    // RUNNING means that a record came or is waited for. It says nothing about progress.
    if (status !== 'RUNNING') this.#last = status;
    this.#tellComplete();
  }

  /** Whether it said STARTED: a source that reports statuses is expected to count records, too. */
  get started(): boolean {
    return this.#statuses.has('STARTED');
  }

  /** Whether it began and never said COMPLETE: what follows its last state may be incomplete. */
  get unfinished(): boolean {
    return this.#statuses.size > 0 && !this.complete;
  }

  /** Whether it said COMPLETE and nothing contradicts that. */
  get complete(): boolean {
    return this.#last === 'COMPLETE' && !this.damaged;
  }

  /** Records since the last state. */
  get received(): number {
    return this.stored + this.rejected;
  }

  /**
   * An unreadable line contained this much of the stream, or of any stream.
   * @param counted how many of the line's records count for this stream: as quarantined, even if it is rolled back
   *   later
   */
  miss({ records, states }: LostData, counted: number): void {
    this.damaged = true;
    this.missing.records += records;
    this.missing.states += states;
    this.missing.counted += counted;
    this.total.quarantined += counted;
  }

  /** A state covers everything since the last one. */
  coverByState(): void {
    this.#hasState = true;
    this.cover();
  }

  /** The input has ended. @param clean whether nothing indicates that the source was interrupted */
  end(clean: boolean): void {
    // Without any status, what follows the last state may be only a part.
    const whole =
      clean && !this.damaged && this.#statuses.size === 0 && (this.received === 0 || !this.#hasState);
    this.cover();
    if (whole) this.sink?.complete?.('ended');
  }

  /** Keeps what came since the last state. */
  cover(): void {
    this.total.stored += this.stored;
    this.total.quarantined += this.rejected;
    this.stored = 0;
    this.rejected = 0;
    this.missing = { records: 0, states: 0, counted: 0 };
    this.sink?.mark();
    this.#tellComplete();
  }

  #tellComplete(): void {
    if (!this.complete || this.received > 0 || this.frozen !== undefined || this.#told) return;
    this.#told = this.sink !== undefined;
    this.sink?.complete?.('said');
  }

  /** Rolls back what came since the last state. */
  async rollBack(): Promise<void> {
    this.total.rolledBack += this.received;
    this.stored = 0;
    this.rejected = 0;
    await this.sink?.rollBack();
  }

  /** Keeps the stream at its last good state. What follows counts as rolled back. */
  async freeze(reason: string): Promise<void> {
    if (this.frozen !== undefined) return;
    this.frozen = reason;
    await this.rollBack();
  }

  /** `1,000 in = 990 stored + 10 quarantined + 0 rolled back` */
  summary(): string {
    const { stored, quarantined, rolledBack } = this.total;
    return `${stored + quarantined + rolledBack} in = ${stored} stored + ${quarantined} quarantined + ${rolledBack} rolled back`;
  }
}
