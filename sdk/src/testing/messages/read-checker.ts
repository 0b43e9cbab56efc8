import {
  type AirbyteMessage,
  type RecordMessage,
  type StateMessage,
  type StatusTrace,
  type StreamDescriptor,
  streamKey,
  type TraceMessage,
} from '../../protocol/messages.ts';
import type { CheckedStream, Report } from './check-messages.ts';
import { RecordSchema } from './record-schema.ts';

/** What was seen of one stream. */
interface Seen {
  readonly name: string;
  started: boolean;
  running: boolean;
  end: 'COMPLETE' | 'INCOMPLETE' | undefined;
  records: number;
  sinceState: number;
  states: number;
  lastState: string | undefined;
  readonly schema: RecordSchema | undefined;
}

/** Milliseconds since 1970 have 13 digits from 2001 to 2286; seconds have 10. */
const EARLIEST = 1e12;
const LATEST = 1e13;

export function isTime(value: number): boolean {
  return value >= EARLIEST && value < LATEST;
}

/** Checks the rules for a `read` that a schema cannot express. The numbers are those of the checklist. */
export class ReadChecker {
  readonly #seen = new Map<string, Seen>();
  readonly #configured: ReadonlySet<string> | undefined;
  #stateType: string | undefined;
  #sinceGlobal = 0;
  #globalStates = 0;
  #lastGlobal: string | undefined;

  constructor(streams: readonly CheckedStream[] | undefined) {
    if (!streams) return;
    this.#configured = new Set(streams.map(streamKey));
    for (const stream of streams) this.#stream(stream, RecordSchema.of(stream));
  }

  message(message: AirbyteMessage, found: Report): void {
    if (message.type === 'RECORD') this.#record(message.record, found);
    else if (message.type === 'STATE') this.#state(message.state, found);
    else if (message.type === 'TRACE') this.#trace(message.trace, found);
  }

  end(found: Report): void {
    for (const seen of this.#seen.values()) {
      const { name } = seen;
      if (!seen.started) found(29, `${name} never said STARTED`);
      if (seen.records > 0 && !seen.running) found(29, `${name} never said RUNNING`);
      if (!seen.end) found(29, `${name} ended neither COMPLETE nor INCOMPLETE`);
      if (seen.end === 'INCOMPLETE') continue;
      if (seen.states === 0 && this.#globalStates === 0) found(35, `${name} has no state`);
      else if (seen.states > 0 && seen.sinceState > 0)
        found(35, `${name}: ${seen.sinceState} records after its last state`);
    }
  }

  #trace(trace: TraceMessage, found: Report): void {
    if (trace.type === 'STREAM_STATUS') this.#status(trace.stream_status, found);
    if (trace.type === 'ESTIMATE') {
      const { name, namespace, type, row_estimate: rows, byte_estimate: bytes } = trace.estimate;
      if (type === 'STREAM') this.#known({ name, namespace }, 'ESTIMATE', found);
      if (rows === undefined && bytes === undefined)
        found(10, `an ESTIMATE of ${name} that estimates nothing`);
      if ((rows ?? 0) < 0 || (bytes ?? 0) < 0) found(10, `an ESTIMATE of ${name} below zero`);
    }
    if (trace.type === 'ERROR') {
      const { message, failure_type: type, stream_descriptor: stream } = trace.error;
      if (message.trim() === '') found(10, 'a TRACE ERROR without a message');
      if (!type) found(10, 'a TRACE ERROR without a failure_type');
      if (stream) this.#known(stream, 'TRACE ERROR', found);
    }
  }

  #stream(descriptor: StreamDescriptor, schema?: RecordSchema): Seen {
    const key = streamKey(descriptor);
    let seen = this.#seen.get(key);
    if (!seen) {
      const name = descriptor.namespace ? `${descriptor.namespace}.${descriptor.name}` : descriptor.name;
      const nothing = { records: 0, sinceState: 0, states: 0, lastState: undefined };
      seen = { name, started: false, running: false, end: undefined, schema, ...nothing };
      this.#seen.set(key, seen);
    }
    return seen;
  }

  /** Whether the stream is in the catalog. An unknown one is reported and then ignored. */
  #known(descriptor: StreamDescriptor, what: string, found: Report): boolean {
    if (!this.#configured || this.#configured.has(streamKey(descriptor))) return true;
    found(13, `a ${what} of ${descriptor.name}, which is not in the catalog`);
    return false;
  }

  #record(record: RecordMessage, found: Report): void {
    const descriptor = { name: record.stream, namespace: record.namespace };
    if (Object.keys(record.data).length === 0) found(12, `an empty record of ${record.stream}`);
    if (!isTime(record.emitted_at)) {
      found(15, `emitted_at ${record.emitted_at} is no time in milliseconds`);
    }
    if (!this.#known(descriptor, 'RECORD', found)) return;
    const seen = this.#stream(descriptor);
    if (!seen.started && seen.records === 0) found(29, `a RECORD of ${seen.name} before its STARTED`);
    if (seen.end) found(29, `a RECORD of ${seen.name} after its ${seen.end}`);
    for (const finding of seen.schema?.findings(record.data) ?? []) found(47, `${seen.name}${finding}`);
    seen.records++;
    seen.sinceState++;
    this.#sinceGlobal++;
  }

  #state(state: StateMessage, found: Report): void {
    const type = state.type ?? 'LEGACY';
    if (type === 'LEGACY') found(37, 'a LEGACY state');
    else if (this.#stateType && this.#stateType !== type)
      found(37, `a ${type} state after ${this.#stateType} ones`);
    this.#stateType ??= type;
    const count = state.sourceStats?.recordCount;
    if (state.stream) {
      const { stream_descriptor: descriptor, stream_state: value } = state.stream;
      if (!this.#known(descriptor, 'STATE', found)) return;
      const seen = this.#stream(descriptor);
      compareCount(`${seen.name}: `, count, seen.sinceState, found);
      const text = JSON.stringify(value ?? null);
      if (seen.lastState === text && seen.sinceState > 0) {
        found(38, `${seen.name}: the same state as before, with ${seen.sinceState} records between`);
      }
      if (seen.end) found(29, `a STATE of ${seen.name} after its ${seen.end}`);
      seen.lastState = text;
      seen.sinceState = 0;
      seen.states++;
    } else if (state.global) {
      compareCount('', count, this.#sinceGlobal, found);
      const text = JSON.stringify(state.global);
      if (this.#lastGlobal === text && this.#sinceGlobal > 0) {
        found(38, `the same global state as before, with ${this.#sinceGlobal} records between`);
      }
      this.#lastGlobal = text;
      this.#sinceGlobal = 0;
      this.#globalStates++;
    }
  }

  #status({ stream_descriptor: descriptor, status, reasons }: StatusTrace, found: Report): void {
    if (!this.#known(descriptor, 'STREAM_STATUS', found)) return;
    const seen = this.#stream(descriptor);
    if (seen.end) found(29, `${seen.name} says ${status} after ${seen.end}`);
    if (status === 'STARTED') {
      if (seen.started) found(29, `${seen.name} says STARTED twice`);
      seen.started = true;
    } else if (!seen.started) found(29, `${seen.name} says ${status} before STARTED`);
    for (const reason of reasons ?? []) {
      if (status !== 'RUNNING') found(31, `${seen.name} says ${status} with the reason ${reason.type}`);
      const reset = reason.rate_limited?.quota_reset;
      if (reset === undefined || !isTime(reset))
        found(31, `${seen.name} is RATE_LIMITED without a quota_reset in ms`);
    }
    if (status === 'RUNNING') seen.running = true;
    if (status === 'COMPLETE' || status === 'INCOMPLETE') seen.end = status;
  }
}

function compareCount(name: string, count: number | undefined, records: number, found: Report): void {
  if (count === undefined) found(36, `${name}a STATE without sourceStats.recordCount`);
  else if (count !== records)
    found(36, `${name}sourceStats.recordCount is ${count}, but ${records} records came`);
}
