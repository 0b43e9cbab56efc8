import { DataError } from '../errors.ts';
import type { LostData, UnreadableLine } from '../protocol/broken-line.ts';
import type { ConfiguredCatalog } from '../protocol/catalog.ts';
import { errorTrace } from '../protocol/error-trace.ts';
import { OutputClosedError } from '../protocol/fd-writer.ts';
import type { LineBatch } from '../protocol/lines.ts';
import {
  type InputLine,
  MessageReader,
  type OtherLine,
  type RecordLine,
} from '../protocol/message-reader.ts';
import type { MessageWriter } from '../protocol/message-writer.ts';
import type { StreamDescriptor } from '../protocol/messages.ts';
import type { StateLine } from '../protocol/state-line.ts';
import { acceptState, type CountRules } from './accept-state.ts';
import { Committer } from './committer.ts';
import type { DestinationEnv } from './define.ts';
import { comparesItself } from './own-counts.ts';
import { ForeignLines, relayError } from './relay.ts';
import { StreamTable } from './stream-table.ts';
import { readTrace, type SourceTrace } from './traces.ts';
import type { TrackedStream } from './tracked-stream.ts';
import type { DestinationWriter } from './writer.ts';

export interface SessionOptions {
  readonly writer: DestinationWriter;
  readonly catalog: ConfiguredCatalog | undefined;
  readonly output: MessageWriter;
  readonly env: DestinationEnv;
  /** Aborted when the process is told to stop. */
  readonly signal: AbortSignal;
  /** Called when a commit fails while the input is awaited. */
  readonly onFailure: () => void;
}

/** How long a process that was told to stop waits for the reader of its stdout. */
const LAST_WORDS_MS = 2000;

/** One `write` from its first line to its end. */
export class WriteSession {
  readonly #options: SessionOptions;
  readonly #reader = new MessageReader();
  readonly #streams: StreamTable;
  readonly #foreign: ForeignLines;
  readonly #committer: Committer;
  readonly #countRules: CountRules;
  #phase: 'waiting' | 'writing' | 'over' = 'waiting';
  #messages = 0;
  /** Streams for which an unreadable line was reported. */
  readonly #missed = new Set<TrackedStream>();
  #failed = false;
  /**
   * Whether nothing indicates that the source was interrupted. Then a stream without statuses may end with the input.
   */
  #clean = true;
  #sourceName: string | undefined;
  #stateCommit: number | undefined;

  constructor(options: SessionOptions) {
    const { writer, output, env, catalog } = options;
    this.#options = options;
    this.#streams = new StreamTable(catalog);
    this.#foreign = new ForeignLines(env.log, output.secrets);
    this.#countRules = {
      onMismatch: writer.policy.onCountMismatch,
      isComparedElsewhere: comparesItself(catalog, env.processEnv),
    };
    this.#committer = new Committer({
      writer,
      output,
      clock: env,
      counts: () => this.#streams.counts(),
      onFailure: options.onFailure,
    });
  }

  /** Throws the error of a commit that has failed meanwhile. */
  check(): void {
    this.#committer.check();
  }

  async batch(batch: LineBatch): Promise<void> {
    const { writer, output } = this.#options;
    const { ends } = batch;
    writer.batch(batch.bytes);
    for (let k = 0; k < ends.length; k++) {
      const line = this.#reader.line(batch, k);
      if (line.kind === 'record' && this.#phase !== 'waiting') this.#record(line);
      else if (line.kind !== 'blank') await this.#line(line, batch.cut && k === ends.length - 1);
    }
    this.#committer.received(batch.bytes.length);
    // Back-pressure once per batch, never a promise per record (invariant 8).
    await this.#committer.ready();
    await writer.ready();
    await output.ready();
    this.#committer.check();
  }

  /** The source may have been told to stop, too: from now on, only a status can say that a stream is complete. */
  doubtEnd(): void {
    this.#clean = false;
  }

  /** Called at the end of the input: complete streams are kept, the others are rolled back to their last state. */
  async finishAtEnd(): Promise<void> {
    await this.#finish((stream) => stream.unfinished);
    // The program before this one in the pipe failed before its first message.
    if (this.#messages === 0 && !this.#options.env.processEnv.WORKER_JOB_ID)
      this.#fail('the input contained no message');
    for (const stream of this.#streams.all()) {
      if (!stream.unfinished || stream.frozen !== undefined) continue;
      this.#fail(
        `${stream.label} did not complete: it is kept up to its last state, ${stream.total.rolledBack} records were rolled back`,
      );
    }
    await this.#flush();
  }

  /** Called when told to stop: commits what states cover and gives up the rest. */
  async finishStopped(): Promise<void> {
    const { env } = this.#options;
    await this.#finish(() => true);
    const given = new AbortController();
    await Promise.race([this.#flush(), env.sleep(LAST_WORDS_MS, given.signal).catch(() => undefined)]);
    given.abort();
  }

  /** Called after an error: releases everything. What was committed stays. */
  async abort(): Promise<void> {
    await this.#committer.quiet();
    if (this.#phase === 'writing') await this.#options.writer.abort();
    this.#phase = 'over';
  }

  exitCode(): number {
    return this.#failed ? 1 : 0;
  }

  async #begin(): Promise<void> {
    const { writer, catalog, signal } = this.#options;
    // Without a catalog: the streams announced so far, including that of this record or state.
    const streams = catalog
      ? catalog.streams.map(({ name, namespace }) => ({ name, namespace }))
      : this.#streams.all().map(({ stream }) => stream);
    await writer.begin({ sourceName: this.#sourceName, streams, stateCommit: this.#stateCommit, signal });
    this.#phase = 'writing';
  }

  async #finish(givesUp: (stream: TrackedStream) => boolean): Promise<void> {
    this.#foreign.end();
    if (this.#phase === 'waiting') {
      // Complete without a record or a state: an empty copy may also replace an old one.
      if (!this.#streams.all().some((stream) => stream.complete && stream.asked && !givesUp(stream))) return;
      await this.#begin();
    }
    for (const stream of this.#streams.all()) {
      if (stream.frozen !== undefined) continue;
      if (stream.complete && !stream.outside) this.#open(stream);
      if (givesUp(stream)) await stream.rollBack();
      else stream.end(this.#clean);
    }
    await this.#committer.finish();
    await this.#options.writer.end();
    this.#phase = 'over';
    for (const stream of this.#streams.all())
      this.#options.env.log.info(`${stream.label}: ${stream.summary()}`);
  }

  #record(line: RecordLine): void {
    this.#messages++;
    const stream = this.#streams.get(line.stream, line.namespace);
    if (stream.outside) this.#refuseOutside(stream);
    if (stream.frozen !== undefined) {
      stream.total.rolledBack++;
      return;
    }
    this.#open(stream);
    if (stream.sink!.write(line) === 'stored') stream.stored++;
    else stream.rejected++;
  }

  #open(stream: TrackedStream): void {
    stream.sink ??= this.#options.writer.stream(stream.stream, stream.asked);
  }

  /** @param cut whether the input ended with it, without a newline */
  async #line(line: InputLine, cut: boolean): Promise<void> {
    switch (line.kind) {
      case 'several':
        for (const part of line.parts) await this.#line(this.#reader.read(part, 0, part.length), cut);
        break;
      case 'record':
        // Before the run begins: without a catalog, it begins with the streams known so far.
        this.#streams.get(line.stream, line.namespace);
        if (this.#phase === 'waiting') await this.#begin();
        this.#record(line);
        break;
      case 'state':
        this.#messages++;
        await this.#state(line.state);
        break;
      case 'message':
        this.#messages++;
        this.#message(line);
        break;
      case 'unreadable':
        this.#foreign.add(line);
        if (line.lost) await this.#missing(line, line.lost);
        if (cut) this.#cutOff();
        break;
      case 'foreign':
        this.#foreign.add(line);
        if (cut) this.#cutOff();
    }
  }

  /** Handles an unreadable line with a RECORD or a STATE: it is quarantined, and its stream is not complete. */
  async #missing(line: UnreadableLine, lost: LostData): Promise<void> {
    const { writer } = this.#options;
    this.#messages++;
    // Before the run begins, as for a record.
    for (const { name, namespace } of lost.streams) this.#streams.get(name, namespace);
    if (this.#phase === 'waiting') await this.#begin();
    for (const stream of this.#streams.miss(lost)) {
      if (writer.setAside) {
        this.#open(stream);
        writer.setAside(line, stream.stream);
      }
      if (!this.#missed.has(stream)) this.#fail(missingMessage(line, stream, writer.setAside !== undefined));
      this.#missed.add(stream);
    }
  }

  #message({ message }: OtherLine): void {
    // The source's messages to people are passed on, to whoever is at the end of the pipe. Records never are.
    if (message.type === 'LOG') this.#options.output.message(message);
    else if (message.type === 'TRACE') this.#trace(readTrace(message.trace));
  }

  async #state(state: StateLine): Promise<void> {
    const { env } = this.#options;
    const named = state.commit.stream;
    const stream = named && this.#streams.get(named.name, named.namespace);
    if (this.#phase === 'waiting') await this.#begin();
    if (stream?.outside) this.#refuseOutside(stream);
    const covered = stream ? [stream] : this.#streams.all();
    // Also streams without records: an empty copy may replace an old one.
    for (const one of covered) if (!one.outside) this.#open(one);
    const accepted = acceptState(state, covered, this.#countRules);
    if (accepted.kind === 'refused') {
      const news = covered.filter(({ frozen }) => frozen === undefined);
      for (const one of news) await one.freeze(accepted.reason);
      if (news.length > 0) this.#reject(stream?.stream, accepted.error);
      return;
    }
    // Nothing may be awaited since the mark: a commit in between would store records without their state.
    this.#committer.add({ commit: state.commit, echo: accepted.echo });
    if (accepted.warning) env.log.warn(accepted.warning);
  }

  #trace(trace: SourceTrace | undefined): void {
    switch (trace?.kind) {
      case 'error':
        this.#failed = true;
        this.#clean = false;
        relayError(trace.error, this.#options.output);
        break;
      case 'status':
        this.#streams.get(trace.name, trace.namespace).status(trace.status);
        break;
      case 'source':
      case 'state_commit':
        if (this.#phase !== 'waiting')
          this.#options.env.log.warn(
            `the source sent its ${trace.kind} after its first record, so it is ignored`,
          );
        else if (trace.kind === 'source') this.#sourceName = trace.value ?? this.#sourceName;
        else this.#stateCommit = trace.value ?? this.#stateCommit;
    }
  }

  #refuseOutside(stream: TrackedStream): void {
    if (stream.frozen !== undefined) return;
    stream.frozen = 'not in the catalog';
    const error = new DataError(`${stream.label} is not in the catalog, so it is not stored`, {
      code: 'input.unknown_stream',
    });
    this.#reject(stream.stream, error);
  }

  /** The writer of the last line was killed in the middle of it. */
  #cutOff(): void {
    this.#clean = false;
    this.#fail('the input ended in the middle of a line');
  }

  #fail(reason: string): void {
    this.#failed = true;
    this.#options.env.log.error(reason);
  }

  /** Reports that no more of a stream (undefined: of all) is accepted. The others continue. */
  #reject(stream: StreamDescriptor | undefined, rejection: DataError): void {
    const { output, env } = this.#options;
    this.#failed = true;
    const error = errorTrace(rejection, rejection.message, stream);
    output.message({ type: 'TRACE', trace: { type: 'ERROR', emitted_at: env.now(), error } });
  }

  /** A reader of stdout that is gone loses echoes, not data: that is committed. Only the exit code says so. */
  async #flush(): Promise<void> {
    try {
      await this.#options.output.flush();
    } catch (error) {
      if (!(error instanceof OutputClosedError)) throw error;
      this.#failed = true;
    }
  }
}

function missingMessage(
  { reason }: UnreadableLine,
  { stream, label }: TrackedStream,
  isKept: boolean,
): string {
  const whose = stream.name === '' ? ', of a stream that this run does not know,' : ` of ${label}`;
  const kept = isKept ? 'it is in the quarantine' : 'it is not stored';
  return `a line with data${whose} cannot be read (${reason}): ${kept}`;
}
