import { type CatalogStream, streamKey } from '@headrace/sdk/protocol';
import { asHeadraceError, DataError, type HeadraceError, TransientError } from '@headrace/sdk/spec';
import { askEnd } from './ask-end.ts';
import { configuredCatalog } from './catalogs.ts';
import type { CallOptions } from './connector.ts';
import { factsOf } from './connector-facts.ts';
import { endedBadly, failureOf, inJob, isPermanent } from './failures.ts';
import type { Job } from './job.ts';
import { configIn } from './numbers.ts';
import type { Interrupt, Ports } from './ports.ts';
import type { PreparedEnd } from './prepare.ts';
import { readMessages, type SingleLine } from './read-messages.ts';
import { ANY_MODE, narrowStreams, type SelectedStream, selectStreams } from './select-streams.ts';

/** The first records of a stream. */
export interface StreamPreview {
  readonly stream: CatalogStream;
  /** JSON, as the source wrote them. */
  readonly records: readonly string[];
  /** Records among the first ones that are too large to be kept. */
  readonly tooLarge: number;
  /** Why there are no more. */
  readonly error?: HeadraceError;
}

/** What is looked at. */
export interface PreviewOptions {
  /** Only these streams of the job. */
  readonly streams?: readonly string[];
  /** How many records of each stream. */
  readonly limit: number;
}

/** A larger record is not kept (invariant 8). */
const LARGEST = 1 << 20;
/** How long a source of others may take to end after it was asked to. */
const GRACE_MS = 2000;

/**
 * Reads the first records of each stream. Nothing is kept: there is no run, no state goes in and none is saved. A source
 * made with our SDK is told how many records it may send; any other is started once for each stream and stopped.
 * @throws what discover throws, and what the user has to fix; other errors of reading are in the result
 */
export function previewJob(
  job: Job,
  { streams, limit }: PreviewOptions,
  ports: Ports,
  interrupt: Interrupt,
): Promise<StreamPreview[]> {
  return askEnd('source', job, ports, interrupt, async (end, call) => {
    const found = await end.connector.discover(end.config, call);
    const choices = streams ? narrowStreams(job.source.streams, streams) : job.source.streams;
    const selected = selectStreams(found, choices, ANY_MODE);
    const isOurs = factsOf(end.spec) !== undefined;
    const parts = isOurs ? [selected] : selected.map((one) => [one]);
    const previews: StreamPreview[] = [];
    for (const part of parts) {
      const look = new Look(part, limit);
      const error = await readPart(part, look, isOurs, { end, call, ports });
      if (error && isPermanent(error) && look.isEmpty) throw error;
      previews.push(...look.previews(error));
    }
    return previews;
  });
}

/** A stream's records so far. */
interface Taken {
  readonly stream: CatalogStream;
  readonly records: string[];
  tooLarge: number;
  error?: HeadraceError;
}

/** The first records of some streams, while they come. */
class Look {
  readonly limit: number;
  readonly #streams: Map<string, Taken>;

  constructor(selected: readonly SelectedStream[], limit: number) {
    this.limit = limit;
    this.#streams = new Map(
      selected.map(({ stream }) => [streamKey(stream), { stream, records: [], tooLarge: 0 }]),
    );
  }

  add(name: string, namespace: string | undefined, data: Buffer): void {
    const one = this.#streams.get(streamKey({ name, namespace }));
    if (!one || this.#isFull(one)) return;
    if (data.length > LARGEST) one.tooLarge++;
    else one.records.push(data.toString('utf8'));
  }

  fail(name: string, namespace: string | undefined, error: HeadraceError): boolean {
    const one = this.#streams.get(streamKey({ name, namespace }));
    if (one) one.error ??= error;
    return one !== undefined;
  }

  get isEmpty(): boolean {
    return [...this.#streams.values()].every(({ records, tooLarge }) => records.length + tooLarge === 0);
  }

  /** Each stream has as many records as were asked for. */
  get isFull(): boolean {
    return [...this.#streams.values()].every((one) => this.#isFull(one));
  }

  /** @param error of the whole source: it explains each stream that has fewer records than asked for */
  previews(error: HeadraceError | undefined): StreamPreview[] {
    return [...this.#streams.values()].map((one) =>
      one.error || !error || this.#isFull(one) ? one : { ...one, error },
    );
  }

  #isFull({ records, tooLarge }: Taken): boolean {
    return records.length + tooLarge >= this.limit;
  }
}

interface Around {
  readonly end: PreparedEnd;
  readonly call: CallOptions;
  readonly ports: Ports;
}

/** Reads some streams until each has its records, or the source ends. Returns why it ended badly. */
async function readPart(
  part: readonly SelectedStream[],
  look: Look,
  isOurs: boolean,
  { end, call, ports }: Around,
): Promise<HeadraceError | undefined> {
  const { clock } = ports;
  const process = await end.connector.read({
    config: end.config,
    catalog: configuredCatalog(part, 0, new Map()),
    states: undefined,
    statesByPipe: false,
    ...(isOurs ? { limit: look.limit } : {}),
    onLog: call.onLog,
  });
  const over = new AbortController();
  let failure: HeadraceError | undefined;
  let stopped = false;
  let late = false;
  const stop = () => {
    if (stopped) return;
    stopped = true;
    process.terminate();
    void clock.sleep(GRACE_MS, over.signal).then((passed) => passed && process.kill());
  };
  const onAbort = () => process.kill();
  call.signal.addEventListener('abort', onAbort, { once: true });
  if (call.signal.aborted) process.kill();
  void clock.sleep(call.timeoutMs, over.signal).then((passed) => {
    late = passed;
    if (passed) stop();
  });
  const take = async (line: SingleLine): Promise<void> => {
    if (stopped) return;
    if (line.kind === 'record') {
      look.add(line.stream, line.namespace, line.data);
      // Ours ends by itself, and says what it could not read.
      if (!isOurs && look.isFull) stop();
    } else if (line.kind === 'unreadable') {
      failure ??= new DataError(`a message that cannot be read: ${line.reason}`, {
        code: 'pipe.unreadable_line',
      });
    } else if (line.kind === 'message') {
      const { message } = line;
      if (message.type === 'LOG') call.onLog(message.log.level, message.log.message);
      if (message.type === 'CONTROL') await call.onControl(configIn(line.line));
      if (message.type !== 'TRACE' || message.trace.type !== 'ERROR') return;
      const error = inJob(
        failureOf(message.trace.error, (text) => ports.secrets.scrub(text)),
        'source',
        end.config,
      );
      const whose = message.trace.error.stream_descriptor;
      if (!whose || !look.fail(whose.name, whose.namespace ?? undefined, error)) failure ??= error;
    }
  };
  try {
    await readMessages(process, 'read', take);
    const exit = await process.exited;
    if (call.signal.aborted) return interrupted(call);
    if (late && !look.isFull) return tooSlow(call);
    return failure ?? (stopped || exit.code === 0 ? undefined : endedBadly('the source', exit));
  } catch (error) {
    return asHeadraceError(error);
  } finally {
    over.abort();
    call.signal.removeEventListener('abort', onAbort);
    process.kill();
  }
}

function interrupted({ signal }: CallOptions): HeadraceError {
  return new TransientError(`interrupted by ${String(signal.reason)}`, { code: 'run.interrupted' });
}

function tooSlow({ timeoutMs }: CallOptions): HeadraceError {
  return new TransientError(`the source sent no more records within ${Math.round(timeoutMs / 1000)} s`, {
    code: 'connector.timeout',
    hint: 'timeout_minutes of the job sets the limit; --streams chooses a stream that answers sooner',
  });
}
