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
import type { StreamDescriptor, StreamStatus } from '../protocol/messages.ts';
import type { StateLine } from '../protocol/state-line.ts';
import { acceptState, type CountRules } from './accept-state.ts';
import { Committer } from './committer.ts';
import type { DestinationEnv } from './define.ts';
import { comparesItself } from './own-counts.ts';
import { ForeignLines, relayError } from './relay.ts';
import { StreamTable } from './stream-table.ts';
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

const STATUSES: ReadonlySet<unknown> = new Set<StreamStatus>([
  'STARTED',
  'RUNNING',
  'COMPLETE',
  'INCOMPLETE',
]);
/** How long a reader of stdout may let a process wait that was told to stop. */
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
  /** Streams of which it was said that a line cannot be read. */
  readonly #missed = new Set<TrackedStream>();
  #failed = false;
  /** Nothing says that the source broke off: the end of the input may be that of a stream without statuses. */
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

  /** Throws what made a commit fail meanwhile. */
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
    // Back-pressure once a batch, never a promise a record (invariant 8).
    await this.#committer.ready();
    await writer.ready();
    await output.ready();
    this.#committer.check();
  }

  /** The source may have been told to stop, too: that its streams came to their ends only a status can say. */
  doubtEnd(): void {
    this.#clean = false;
  }

  /** The end of the input: what is whole is kept, the rest goes back to its last state. */
  async finishAtEnd(): Promise<void> {
    await this.#finish((stream) => stream.unfinished);
    // Whatever was meant to write into this pipe failed before its first word.
    if (this.#messages === 0 && !this.#options.env.processEnv.WORKER_JOB_ID)
      this.#fail('the input held no message at all');
    for (const stream of this.#streams.all()) {
      if (!stream.unfinished || stream.frozen !== undefined) continue;
      this.#fail(
        `${stream.label} did not complete: it is kept up to its last state, ${stream.total.rolledBack} records were rolled back`,
      );
    }
    await this.#flush();
  }

  /** Told to stop: commits what states cover and gives the rest up. */
  async finishStopped(): Promise<void> {
    const { env } = this.#options;
    await this.#finish(() => true);
    const given = new AbortController();
    await Promise.race([this.#flush(), env.sleep(LAST_WORDS_MS, given.signal).catch(() => undefined)]);
    given.abort();
  }

  /** After an error: gives back what is held. What was committed stays. */
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
    // Without a catalog: those announced so far, and the one whose record or state this is.
    const streams = catalog
      ? catalog.streams.map(({ name, namespace }) => ({ name, namespace }))
      : this.#streams.all().map(({ stream }) => stream);
    await writer.begin({ sourceName: this.#sourceName, streams, stateCommit: this.#stateCommit, signal });
    this.#phase = 'writing';
  }

  async #finish(givesUp: (stream: TrackedStream) => boolean): Promise<void> {
    this.#foreign.end();
    if (this.#phase === 'waiting') {
      // Complete without a record or a state: an empty copy, too, may take the place of an old one.
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

  /** @param cut the input ended with it, without a newline */
  async #line(line: InputLine, cut: boolean): Promise<void> {
    switch (line.kind) {
      case 'several':
        for (const part of line.parts) await this.#line(this.#reader.read(part, 0, part.length), cut);
        break;
      case 'record':
        // Known before the run begins: without a catalog it begins with the streams that are known.
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

  /** A line that carries a RECORD or a STATE cannot be read: it is kept for people, and its stream is not complete. */
  async #missing(line: UnreadableLine, lost: LostData): Promise<void> {
    const { writer } = this.#options;
    this.#messages++;
    // Known before the run begins, as for a record.
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
    // What the source said to a person is passed on, so that the one at the end of the pipe sees it. Records never.
    if (message.type === 'LOG') this.#options.output.message(message);
    else if (message.type === 'TRACE') this.#trace(message.trace as unknown);
  }

  async #state(state: StateLine): Promise<void> {
    const { env } = this.#options;
    const named = state.commit.stream;
    const stream = named && this.#streams.get(named.name, named.namespace);
    if (this.#phase === 'waiting') await this.#begin();
    if (stream?.outside) this.#refuseOutside(stream);
    const covered = stream ? [stream] : this.#streams.all();
    // Also one without records: an empty copy may take the place of an old one.
    for (const one of covered) if (!one.outside) this.#open(one);
    const accepted = acceptState(state, covered, this.#countRules);
    if (accepted.kind === 'refused') {
      const news = covered.filter(({ frozen }) => frozen === undefined);
      for (const one of news) await one.freeze(accepted.reason);
      if (news.length > 0) this.#reject(stream?.stream, accepted.error);
      return;
    }
    // Nothing is awaited since the mark: a commit between the two would store records without their state.
    this.#committer.add({ commit: state.commit, echo: accepted.echo });
    if (accepted.warning) env.log.warn(accepted.warning);
  }

  #trace(trace: unknown): void {
    const { type, ...rest } = (trace ?? {}) as Record<string, unknown>;
    if (type === 'ERROR') {
      this.#failed = true;
      this.#clean = false;
      relayError(rest.error, this.#options.output);
    } else if (type === 'STREAM_STATUS') {
      const said = rest.stream_status as
        | { stream_descriptor?: Partial<StreamDescriptor> | null; status?: unknown }
        | null
        | undefined;
      const { name, namespace } = said?.stream_descriptor ?? {};
      if (typeof name === 'string' && STATUSES.has(said?.status))
        this.#streams.get(name, namespace).status(said?.status as StreamStatus);
    } else if (type === 'ANALYTICS')
      this.#analytics(rest.analytics as { type?: unknown; value?: unknown } | null | undefined);
  }

  #analytics(said: { type?: unknown; value?: unknown } | null | undefined): void {
    if (said?.type !== 'source' && said?.type !== 'state_commit') return;
    if (this.#phase !== 'waiting') {
      this.#options.env.log.warn(`the source said its ${said.type} after its first record: it is not used`);
    } else if (said.type === 'source') {
      if (typeof said.value === 'string' && said.value !== '') this.#sourceName = said.value;
    } else {
      const number = Number(said.value);
      if (Number.isSafeInteger(number)) this.#stateCommit = number;
    }
  }

  #refuseOutside(stream: TrackedStream): void {
    if (stream.frozen !== undefined) return;
    stream.frozen = 'not in the catalog';
    const error = new DataError(`${stream.label} is not in the catalog: nothing of it is stored`, {
      code: 'input.unknown_stream',
    });
    this.#reject(stream.stream, error);
  }

  /** Whoever wrote the last line was killed in the middle of it. */
  #cutOff(): void {
    this.#clean = false;
    this.#fail('the input ended in the middle of a line');
  }

  #fail(reason: string): void {
    this.#failed = true;
    this.#options.env.log.error(reason);
  }

  /** Of one stream (of all: undefined) nothing more is taken; the others go on. */
  #reject(stream: StreamDescriptor | undefined, rejection: DataError): void {
    const { output, env } = this.#options;
    this.#failed = true;
    const error = errorTrace(rejection, rejection.message, stream);
    output.message({ type: 'TRACE', trace: { type: 'ERROR', emitted_at: env.now(), error } });
  }

  /** A reader that is gone loses echoes, not data: those are committed. It is told by the exit code alone. */
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
  const kept = isKept ? 'it is in the quarantine' : 'nothing of it is stored';
  return `a line that carries data${whose} cannot be read (${reason}): ${kept}`;
}
