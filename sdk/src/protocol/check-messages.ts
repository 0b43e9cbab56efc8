import { Buffer } from 'node:buffer';
import { Ajv } from 'ajv';
import { type AirbyteMessage, streamKey } from './messages.ts';
import { protocolSchema } from './protocol-schema.ts';
import { ReadChecker } from './read-checker.ts';

/** Something in a connector's output that the protocol, the platform or a client would take amiss. */
export interface Finding {
  /** Line of the output, from 1; the line behind the last one where something is missing at the end. */
  readonly line: number;
  /** Number of the checklist in the protocol's reference, e.g. 36 for record counts. */
  readonly rule: number;
  readonly message: string;
}

/** What the output belongs to. */
export interface OutputOf {
  readonly command: 'spec' | 'check' | 'discover' | 'read' | 'write';
  /** `read`: the configured streams. Without them any stream may send records. */
  readonly streams?: ReadonlyArray<{ readonly name: string; readonly namespace?: string | null }>;
}

const ajv = new Ajv({ allErrors: true, strict: false });
ajv.addFormat('uri', (text) => URL.canParse(text));
const { definitions } = protocolSchema;
const isMessage = ajv.compile({ $ref: '#/definitions/AirbyteMessage', definitions });

/** The key under which each type of message carries what it says. */
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

/** The key under which a TRACE and a STATE carry theirs. */
const PART: Record<string, string> = {
  ERROR: 'error',
  ESTIMATE: 'estimate',
  STREAM_STATUS: 'stream_status',
  ANALYTICS: 'analytics',
  STREAM: 'stream',
  GLOBAL: 'global',
};

/**
 * Checks a connector's whole stdout: each line is one message that is valid by the protocol's schema, and
 * the messages keep the rules that a schema cannot say. No findings: an empty list.
 */
export function checkMessages(output: string | Uint8Array, of: OutputOf): Finding[] {
  const findings: Finding[] = [];
  const text = typeof output === 'string' ? output : Buffer.from(output).toString('utf8');
  const lines = text.split('\n');
  const last = lines.pop()!;
  const report = (line: number) => (rule: number, message: string) => findings.push({ line, rule, message });
  const read = new ReadChecker(of.streams);
  const answers: Array<{ line: number; message: AirbyteMessage }> = [];

  lines.forEach((text, i) => {
    const found = report(i + 1);
    const message = parseLine(text, of.command, found);
    if (!message) return;
    if (of.command === 'read') read.message(message, found);
    if (message.type === ANSWER[of.command]) answers.push({ line: i + 1, message });
  });

  const end = report(lines.length + 1);
  if (last !== '') end(10, `the last line has no newline: ${excerpt(last)}`);
  if (of.command === 'read') read.end(end);
  checkAnswers(of.command, answers, report, end);
  return findings;
}

const ANSWER: Record<string, AirbyteMessage['type'] | undefined> = {
  spec: 'SPEC',
  check: 'CONNECTION_STATUS',
  discover: 'CATALOG',
};

export type Report = (rule: number, message: string) => void;

function parseLine(text: string, command: OutputOf['command'], found: Report): AirbyteMessage | undefined {
  // PyAirbyte reads lines with universal newlines: what stands behind the return is another line (rule 11).
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

/** A destination echoes a state as it came, with the nulls that the schema does not know (rule 52). */
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
      if (seen.has(streamKey(stream))) report(line)(25, `${stream.name} stands twice in the catalog`);
      seen.add(streamKey(stream));
    }
  }
}

function excerpt(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
