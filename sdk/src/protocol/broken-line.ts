import type { Buffer } from 'node:buffer';
import { type StreamDescriptor, streamKey } from './messages.ts';

/** A line that is not a message and was not meant as one: a library's text, or an empty line (kind `blank`). */
export interface ForeignLine {
  readonly kind: 'foreign' | 'blank';
  readonly line: Buffer;
  readonly reason: string;
}

/** A line that was meant as a message but cannot be read. */
export interface UnreadableLine {
  readonly kind: 'unreadable';
  readonly line: Buffer;
  readonly reason: string;
  /** What data is missing now. Undefined if no data is: a broken LOG, TRACE or CONTROL loses only words. */
  readonly lost: LostData | undefined;
}

/** The records and states that a broken line contained. */
export interface LostData {
  /** An upper bound, as far as the line shows it. */
  readonly records: number;
  readonly states: number;
  /** The streams named in the line. Empty if none can be made out; any stream may then be affected. */
  readonly streams: readonly StreamDescriptor[];
}

const RECORD = /"type"\s*:\s*"RECORD"/g;
const STATE = /"type"\s*:\s*"STATE"/g;
const OTHER = /"type"\s*:\s*"(?:LOG|TRACE|CONTROL|SPEC|CATALOG|CONNECTION_STATUS)"/;
const CUT_TYPE = /"type"\s*:\s*"(R(?:E(?:C(?:O(?:RD?)?)?)?)?|S(?:T(?:A(?:TE?)?)?)?)$/;
/**
 * How much of a line is scrubbed for its excerpt. The excerpt is much shorter, so a secret cut at this limit is
 * never shown.
 */
const LONGEST_SCRUBBED = 64 * 1024;
/** A Python dictionary printed without json.dumps. */
const PYTHON = /^\s*\{\s*'type'\s*:\s*'(?:RECORD|STATE)'/;
const CONTROL = /"type"\s*:\s*"CONTROL"|connectorConfig/;

/**
 * Classifies a line that cannot be parsed as a message. It may be broken in any way: cut, run into another line,
 * containing NaN, with escaped keys, or with text before or after it. If it contains a RECORD or STATE, data is
 * missing and the line must not be ignored (invariant 5).
 */
export function brokenLine(line: Buffer, reason: string): UnreadableLine | ForeignLine {
  const text = plainText(line);
  const lost = lostData(text);
  if (lost) return { kind: 'unreadable', line, reason: withNumber(reason, text), lost };
  if (OTHER.test(text) || CONTROL.test(text)) return { kind: 'unreadable', line, reason, lost: undefined };
  return { kind: 'foreign', line, reason };
}

/**
 * Python's json.dumps writes NaN and Infinity, which are not JSON. That is hard to see from the parser's reason
 * alone.
 */
function withNumber(reason: string, text: string): string {
  const number = /[:[,]\s*(NaN|-?Infinity)\b/.exec(text)?.[1];
  return number ? `${reason} (${number} is no JSON number)` : reason;
}

/**
 * The beginning of a line, for display. Nothing is shown of a CONTROL: it contains secrets that we do not know yet
 * (invariant 6).
 * @param scrub removes the known secrets, before the line is cut
 */
export function excerptOf(
  { line }: ForeignLine | UnreadableLine,
  scrub: (text: string) => string,
  characters = 300,
): string {
  if (CONTROL.test(plainText(line))) return '(a CONTROL, not shown)';
  const text = scrub(line.toString('utf8', 0, LONGEST_SCRUBBED));
  return text.length > characters ? `${text.slice(0, characters)}…` : text;
}

/** The line as plain ASCII: letter escapes are decoded, and the zero bytes of UTF-16 are removed. */
function plainText(line: Buffer): string {
  return line
    .toString('utf8')
    .replaceAll('\0', '')
    .replace(/\\u00([4-7][0-9a-fA-F])/g, (escaped, hex: string) => {
      const letter = String.fromCharCode(Number.parseInt(hex, 16));
      return /[A-Za-z_]/.test(letter) ? letter : escaped;
    });
}

function lostData(given: string): LostData | undefined {
  const text = PYTHON.test(given) ? given.replaceAll("'", '"') : given;
  let records = text.match(RECORD)?.length ?? 0;
  let states = text.match(STATE)?.length ?? 0;
  if (records + states === 0) {
    if (OTHER.test(text)) return undefined;
    const cut = CUT_TYPE.exec(text.trimEnd())?.[1];
    const whole = text.trimStart().startsWith('{');
    const isPart = whole || isTail(text);
    if (cut?.startsWith('R') || (isPart && isRecordBody(text, whole))) records = 1;
    else if (cut || (isPart && isStateBody(text, whole))) states = 1;
    else return undefined;
  }
  return { records, states, streams: streamsIn(text) };
}

/** Whether this is the end of a message whose beginning was lost: more braces are closed than opened. */
function isTail(text: string): boolean {
  return (text.match(/\}/g)?.length ?? 0) > (text.match(/\{/g)?.length ?? 0);
}

function isRecordBody(text: string, whole: boolean): boolean {
  if (whole) return /"record"\s*:\s*\{/.test(text) && /"stream"\s*:/.test(text);
  return /"emitted_at"\s*:\s*\d/.test(text) && !/"(?:trace|control|stream_status|error)"\s*:/.test(text);
}

function isStateBody(text: string, whole: boolean): boolean {
  if (!/"stream_(?:state|descriptor|states)"\s*:/.test(text)) return false;
  return whole ? /"state"\s*:\s*\{/.test(text) : /"stream_state"\s*:/.test(text);
}

interface Frame {
  /** The key that this object is the value of. */
  readonly of: string | undefined;
  key: string | undefined;
  readonly texts: Map<string, string>;
}

/**
 * Looks only at strings and braces, and ignores any other error in the text. A single pass, so that no input is
 * slow.
 */
function streamsIn(text: string): StreamDescriptor[] {
  const open: Frame[] = [];
  const streams = new Map<string, StreamDescriptor>();
  const close = (frame: Frame | undefined) => {
    if (!frame) return;
    // A RECORD (Singer's too, which has its stream at the top level), or the descriptor in a STATE.
    const field = frame.of === 'stream_descriptor' ? 'name' : 'stream';
    const name = frame.texts.get(field);
    if (name === undefined || !PLACES.has(frame.of)) return;
    const namespace = frame.texts.get('namespace');
    const stream = namespace ? { name, namespace } : { name };
    streams.set(streamKey(stream), stream);
  };
  for (let i = Math.max(0, text.search(/[{}"]/)); i < text.length; i++) {
    const c = text[i];
    const frame = open.at(-1);
    if (c === '{') {
      open.push({ of: frame?.key, key: undefined, texts: new Map() });
      if (frame) frame.key = undefined;
    } else if (c === '}') close(open.pop());
    else if (c === '"') {
      const end = endOfString(text, i + 1);
      if (frame) take(frame, text.slice(i, end + 1), /^\s*:/.test(text.slice(end + 1, end + 20)));
      i = end;
    } else if (c === ',' && frame) frame.key = undefined;
  }
  for (const frame of open) close(frame);
  return [...streams.values()];
}

const PLACES: ReadonlySet<string | undefined> = new Set([undefined, 'record', 'stream_descriptor']);
const LONGEST_NAME = 2000;

function take(frame: Frame, quoted: string, isKey: boolean): void {
  if (quoted.length > LONGEST_NAME) return;
  let value: unknown;
  try {
    value = JSON.parse(quoted);
  } catch {
    return; // Not a string after all: the line is broken here.
  }
  if (isKey) frame.key = value as string;
  else if (frame.key !== undefined && !frame.texts.has(frame.key))
    frame.texts.set(frame.key, value as string);
}

/** The end of the string whose content starts at `from`, or the end of the text. */
function endOfString(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i;
  }
  return text.length;
}
