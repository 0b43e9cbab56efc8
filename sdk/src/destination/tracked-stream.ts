import type { LostData } from '../protocol/broken-line.ts';
import type { ConfiguredStream } from '../protocol/catalog.ts';
import type { StreamDescriptor, StreamStatus } from '../protocol/messages.ts';
import type { StreamCounts, StreamSink } from './writer.ts';

type RunningCounts = { -readonly [K in keyof StreamCounts]: StreamCounts[K] };

/** What the write loop knows of one stream. */
export class TrackedStream {
  readonly stream: StreamDescriptor;
  /** How it is named to people. */
  readonly label: string;
  /** What the catalog says of it. */
  readonly asked: ConfiguredStream | undefined;
  /** There is a catalog and the stream is not in it. */
  readonly outside: boolean;
  sink: StreamSink | undefined;
  /** Since the stream's last state. */
  stored = 0;
  rejected = 0;
  /** Up to the stream's last state. In = the sum of them, always (invariant 5). */
  readonly total: RunningCounts = { stored: 0, quarantined: 0, rolledBack: 0 };
  /** What lines that could not be read carried since the last state: at most, and what of it is counted here. */
  missing = { records: 0, states: 0, counted: 0 };
  /** Something of it, or of nobody knows which stream, could not be read: it is not complete, whatever its source says. */
  damaged = false;
  /** Why nothing of it is taken any more. */
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
    // RUNNING says that a record came, or that one waits: nothing about how far the stream is.
    if (status !== 'RUNNING') this.#last = status;
    this.#tellComplete();
  }

  /** It said STARTED: a source that reports its streams is expected to count them. */
  get started(): boolean {
    return this.#statuses.has('STARTED');
  }

  /** It began and never said that it was done: what follows its last state is not whole. */
  get unfinished(): boolean {
    return this.#statuses.size > 0 && !this.complete;
  }

  /** It said that all of it came, and nothing speaks against it. */
  get complete(): boolean {
    return this.#last === 'COMPLETE' && !this.damaged;
  }

  /** Records since the last state. */
  get received(): number {
    return this.stored + this.rejected;
  }

  /**
   * A line cannot be read that carried so much of it, or of any stream.
   * @param counted how many records of the line are counted as this stream's: quarantined, whatever is rolled back later
   */
  miss({ records, states }: LostData, counted: number): void {
    this.damaged = true;
    this.missing.records += records;
    this.missing.states += states;
    this.missing.counted += counted;
    this.total.quarantined += counted;
  }

  /** A state covers what came since the last one. */
  coverByState(): void {
    this.#hasState = true;
    this.cover();
  }

  /** The input came to its end. @param clean nothing says that its source broke off */
  end(clean: boolean): void {
    // Without a word of any status: what follows the last state may be a beginning that broke off.
    const whole =
      clean && !this.damaged && this.#statuses.size === 0 && (this.received === 0 || !this.#hasState);
    this.cover();
    if (whole) this.sink?.complete?.('ended');
  }

  /** What came since the last state is kept. */
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

  /** Gives up what came since the last state. */
  async rollBack(): Promise<void> {
    this.total.rolledBack += this.received;
    this.stored = 0;
    this.rejected = 0;
    await this.sink?.rollBack();
  }

  /** Keeps the stream at its last good state; what follows counts as rolled back. */
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
