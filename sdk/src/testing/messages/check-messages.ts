import { Buffer, isUtf8 } from 'node:buffer';
import { Ajv } from 'ajv';
import { type AirbyteMessage, streamKey } from '../../protocol/messages.ts';
import { protocolSchema } from '../../protocol/protocol-schema.ts';
import { isTime, ReadChecker } from './read-checker.ts';

/** Something in a connector's output that the protocol, the platform or a client would not accept. */
export interface Finding {
  /** Line of the output, from 1. If something is missing at the end, the line after the last one. */
  readonly line: number;
  /** Number of the checklist in the protocol's reference, e.g. 36 for record counts. */
  readonly rule: number;
  readonly message: string;
}

/** A stream of the configured catalog, with the parts that are to be checked. */
export interface CheckedStream {
  readonly name: string;
  readonly namespace?: string | null;
  /** The schema that records must match (47). */
  readonly json_schema?: object;
  /** Paths of fields that must not be empty in any record (47). */
  readonly source_defined_primary_key?: ReadonlyArray<readonly string[]>;
}

/** The command that produced the output. */
export interface OutputOf {
  readonly command: 'spec' | 'check' | 'discover' | 'read' | 'write';
  /** For `read`: the configured streams. If absent, any stream may send records. */
  readonly streams?: readonly CheckedStream[];
}

/** Further findings are counted but not kept. */
const MOST_FINDINGS = 1000;

const ajv = new Ajv({ allErrors: true, strict: false });
ajv.addFormat('uri', (text) => URL.canParse(text));
const { definitions } = protocolSchema;
const isMessage = ajv.compile({ $ref: '#/definitions/AirbyteMessage', definitions });

/** The member with the body of each type of message. */
const BODY: Record<string, string> = {
  RECORD: 'record',
  STATE: 'state',
  LOG: 'log',
  SPEC: 'spec',
  CONNECTION_STATUS: 'connectionStatus',
  CATALOG: 'catalog',
  TRACE: 'trace',
  CONTROL: 'control',
  DESTINATION_CATALOG: 'destination_catalog',
};

/** The member with the body of each type of TRACE and STATE. */
const PART: Record<string, string> = {
  ERROR: 'error',
  ESTIMATE: 'estimate',
  STREAM_STATUS: 'stream_status',
  ANALYTICS: 'analytics',
  STREAM: 'stream',
  GLOBAL: 'global',
};

/**
 * Checks a connector's whole stdout: each line must be one message that is valid by the protocol's schema, and the
 * messages must follow the rules that a schema cannot express. Returns an empty list if there are no findings.
 */
export function checkMessages(output: string | Uint8Array, of: OutputOf): Finding[] {
  const checker = new MessageChecker(of);
  checker.add(typeof output === 'string' ? Buffer.from(output) : output);
  return checker.end();
}

/** The same for an output that arrives in pieces and may be large. It keeps only the findings and one line. */
export class MessageChecker {
  readonly #of: OutputOf;
  readonly #read: ReadChecker;
  readonly #findings: Finding[] = [];
  readonly #answers: Array<{ line: number; message: AirbyteMessage }> = [];
  #rest: Buffer[] = [];
  #line = 0;
  #more = 0;

  constructor(of: OutputOf) {
    this.#of = of;
    this.#read = new ReadChecker(of.streams);
  }

  /** Adds the next bytes of the output, split anywhere. */
  add(bytes: Uint8Array): void {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      const piece = chunk.subarray(start, end);
      this.#message(this.#rest.length > 0 ? Buffer.concat([...this.#rest.splice(0), piece]) : piece);
      start = end + 1;
    }
    // A copy: the caller may reuse its buffer.
    if (start < chunk.length) this.#rest.push(Buffer.from(chunk.subarray(start)));
  }

  /** Call this once, when the output has ended. Returns the findings in the order of the lines. */
  end(): Finding[] {
    this.#line++;
    const last = Buffer.concat(this.#rest);
    if (last.length > 0) this.#found(10, `the last line has no newline: ${excerpt(last.toString())}`);
    if (this.#of.command === 'read') this.#read.end(this.#found);
    const report = (line: number) => (rule: number, message: string) => this.#report(line, rule, message);
    checkAnswers(this.#of.command, this.#answers, report, this.#found);
    if (this.#more > 0)
      this.#findings.push({ line: this.#line, rule: 10, message: `and ${this.#more} more findings` });
    return this.#findings;
  }

  readonly #found: Report = (rule, message) => this.#report(this.#line, rule, message);

  #report(line: number, rule: number, message: string): void {
    if (this.#findings.length >= MOST_FINDINGS) this.#more++;
    else this.#findings.push({ line, rule, message });
  }

  #message(bytes: Buffer): void {
    this.#line++;
    const { command } = this.#of;
    if (!isUtf8(bytes)) this.#found(11, 'the line is no UTF-8');
    const message = parseLine(bytes.toString('utf8'), command, this.#found);
    if (!message) return;
    if (command === 'read') this.#read.message(message, this.#found);
    else if (FOREIGN[command].includes(message.type))
      this.#found(10, `a ${message.type} in the output of ${command}`);
    checkTimes(message, this.#found);
    if (message.type === ANSWER[command]) this.#answers.push({ line: this.#line, message });
  }
}

/** Messages that do not belong in the output of a command. */
const FOREIGN: Readonly<Record<Exclude<OutputOf['command'], 'read'>, readonly string[]>> = {
  spec: ['RECORD', 'STATE', 'CATALOG', 'CONNECTION_STATUS'],
  check: ['RECORD', 'STATE', 'CATALOG', 'SPEC'],
  discover: ['RECORD', 'STATE', 'SPEC', 'CONNECTION_STATUS'],
  write: ['RECORD', 'CATALOG', 'SPEC', 'CONNECTION_STATUS'],
};

/**
 * Times must be in milliseconds, and a CONTROL must contain a config, because the platform replaces the old one
 * with it.
 */
function checkTimes(message: AirbyteMessage, found: Report): void {
  const body =
    message.type === 'TRACE' ? message.trace : message.type === 'CONTROL' ? message.control : undefined;
  if (body && !isTime(body.emitted_at))
    found(15, `emitted_at ${body.emitted_at} of a ${message.type} is no time in milliseconds`);
  if (message.type !== 'CONTROL') return;
  const { connectorConfig } = message.control as { connectorConfig?: { config?: object } };
  if (Object.keys(connectorConfig?.config ?? {}).length === 0) found(49, 'a CONTROL without a config');
}

const ANSWER: Record<string, AirbyteMessage['type'] | undefined> = {
  spec: 'SPEC',
  check: 'CONNECTION_STATUS',
  discover: 'CATALOG',
};

export type Report = (rule: number, message: string) => void;

function parseLine(text: string, command: OutputOf['command'], found: Report): AirbyteMessage | undefined {
  // PyAirbyte reads lines with universal newlines, so the text after a carriage return is another line (rule 11).
  if (text.includes('\r')) found(11, 'a raw carriage return: the record is lost in Python clients');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    found(10, `not JSON (${(error as Error).message}): ${excerpt(text)}`);
    return undefined;
  }
  if (!isMessage(command === 'write' ? asEcho(text, value) : value)) {
    for (const error of isMessage.errors ?? [])
      found(10, `${error.instancePath || 'the message'} ${error.message}`);
    return undefined;
  }
  const message = value as AirbyteMessage & { [key: string]: unknown };
  const body = message[BODY[message.type]!] as { type?: string; [key: string]: unknown } | undefined;
  if (!body) {
    found(10, `a ${message.type} without its ${BODY[message.type]}`);
    return undefined;
  }
  const part = PART[body.type ?? ''];
  if ((message.type === 'TRACE' || message.type === 'STATE') && part && !body[part]) {
    found(10, `a ${message.type} of type ${body.type} without its ${part}`);
    return undefined;
  }
  return message;
}

/** A destination echoes a state unchanged, including nulls that the schema does not allow (rule 52). */
function asEcho(text: string, value: unknown): unknown {
  if ((value as { type?: unknown } | null)?.type !== 'STATE') return value;
  return JSON.parse(text, (_, item) => (item === null ? undefined : item));
}

function checkAnswers(
  command: string,
  answers: Array<{ line: number; message: AirbyteMessage }>,
  report: (line: number) => Report,
  end: Report,
): void {
  const type = ANSWER[command];
  if (!type) return;
  const rule = { SPEC: 19, CONNECTION_STATUS: 21, CATALOG: 25 }[
    type as 'SPEC' | 'CONNECTION_STATUS' | 'CATALOG'
  ];
  if (answers.length === 0) end(rule, `no ${type}`);
  for (const { line } of answers.slice(1)) report(line)(rule, `a second ${type}`);
  for (const { line, message } of answers) {
    if (message.type === 'SPEC' && line > 10) report(line)(19, 'the SPEC comes after the tenth line');
    if (message.type !== 'CATALOG') continue;
    const seen = new Set<string>();
    if (message.catalog.streams.length === 0) report(line)(25, 'the catalog is empty');
    for (const stream of message.catalog.streams) {
      if (seen.has(streamKey(stream))) report(line)(25, `${stream.name} is in the catalog twice`);
      seen.add(streamKey(stream));
    }
  }
}

function excerpt(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
