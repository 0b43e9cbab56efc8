import type { Buffer } from 'node:buffer';
import { MessageReader } from '../../protocol/message-reader.ts';
import {
  type AirbyteMessage,
  type ErrorTrace,
  type StateMessage,
  type StatusTrace,
  streamKey,
} from '../../protocol/messages.ts';

/** A RECORD in an output. */
export interface SentRecord {
  readonly stream: string;
  readonly namespace: string | undefined;
  /** The bytes of `data`, as text. */
  readonly text: string;
  readonly emittedAt: number | undefined;
  /** The bytes of `meta`, as text. */
  readonly meta: string | undefined;
}

/** A STATE in an output. */
export interface SentState {
  /** Its line, without the newline. */
  readonly line: string;
  readonly state: StateMessage;
  /** The number of records before it. */
  readonly after: number;
}

/** A connector's output, in order. */
export interface Output {
  readonly records: readonly SentRecord[];
  readonly states: readonly SentState[];
  /** All messages except RECORDs. */
  readonly messages: readonly AirbyteMessage[];
  /** Lines that are not messages. */
  readonly foreign: readonly string[];
  readonly errors: readonly ErrorTrace[];
}

/** Parses an output. A last line without a newline is ignored: a killed process leaves one. */
export function readOutput(stdout: Buffer): Output {
  const reader = new MessageReader();
  const records: SentRecord[] = [];
  const states: SentState[] = [];
  const messages: AirbyteMessage[] = [];
  const foreign: string[] = [];
  const errors: ErrorTrace[] = [];
  for (
    let start = 0, end = stdout.indexOf(10);
    end !== -1;
    start = end + 1, end = stdout.indexOf(10, start)
  ) {
    const line = reader.read(stdout, start, end);
    if (line.kind === 'record') {
      const { stream, namespace, emittedAt, data, meta } = line;
      records.push({ stream, namespace, text: text(data), emittedAt, meta: meta && text(meta) });
    } else if (line.kind === 'state') {
      const { bytes } = line.state;
      const message = JSON.parse(bytes.toString()) as Extract<AirbyteMessage, { type: 'STATE' }>;
      messages.push(message);
      states.push({ line: bytes.toString(), state: message.state, after: records.length });
    } else if (line.kind === 'message') {
      const { message } = line;
      messages.push(message);
      if (message.type === 'TRACE' && message.trace.type === 'ERROR') errors.push(message.trace.error);
    } else if (line.kind !== 'blank') foreign.push(stdout.toString('utf8', start, end));
  }
  return { records, states, messages, foreign, errors };
}

const decoder = new TextDecoder();
function text(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** The stream's statuses, in order. */
export function statusesOf(output: Output, stream: string): StatusTrace[] {
  return output.messages.flatMap((message) =>
    message.type === 'TRACE' &&
    message.trace.type === 'STREAM_STATUS' &&
    message.trace.stream_status.stream_descriptor.name === stream
      ? [message.trace.stream_status]
      : [],
  );
}

/** The stream's final status, if it has one. */
export function endOf(output: Output, stream: string): 'COMPLETE' | 'INCOMPLETE' | undefined {
  const said = statusesOf(output, stream).map(({ status }) => status);
  return said.findLast((status) => status === 'COMPLETE' || status === 'INCOMPLETE') as
    | 'COMPLETE'
    | 'INCOMPLETE'
    | undefined;
}

/**
 * The states that a platform would pass to the next run after the first `count` STATE messages: the last one of
 * each stream, as in a `--state` file.
 */
export function statesAfter(output: Output, count: number): StateMessage[] {
  const last = new Map<string, StateMessage>();
  for (const { state } of output.states.slice(0, count)) {
    const descriptor = state.stream?.stream_descriptor;
    last.set(descriptor ? streamKey(descriptor) : '', state);
  }
  return [...last.values()];
}
