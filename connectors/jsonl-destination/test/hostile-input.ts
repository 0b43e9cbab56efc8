import { Buffer } from 'node:buffer';
import { MessageReader } from '@headrace/sdk/protocol';

/** Numbers that look random and are the same for the same seed. */
export type Dice = (below: number) => number;

export function diceOf(seed: number): Dice {
  let x = (seed * 2_654_435_761) >>> 0 || 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    x >>>= 0;
    return x % below;
  };
}

const pick = <T>(dice: Dice, list: readonly T[]): T => list[dice(list.length)]!;

const NAMES = [
  'a',
  'A',
  'issues',
  '../x',
  '..',
  '.',
  '/etc/x',
  'a/b',
  'a\\b',
  'CON',
  'nul.txt',
  'com1',
  '.hidden',
  'a.b',
  'a%2Eb',
  '%41',
  'x'.repeat(255),
  'x'.repeat(300),
  'ü'.repeat(120),
  'a\0b',
  '\ud800',
  '\udc00x',
  '',
  ' ',
  'a\nb',
  '__proto__',
  'ſ',
  'é',
  'e\u0301',
];

/** Text as it stands in JSON, valid or not. */
const STRINGS = [
  '"x"',
  '""',
  '"\\ud800"',
  '"\\u0000"',
  '"\u2028 \u2029"',
  '"🚀\\n\\"\\\\"',
  '"\\u005f_run_id"',
];
const SCALARS = ['null', 'true', '0', '-0', '1e999', '12345678901234567890', '3.0', '-1.5E-7', ...STRINGS];
const KEYS = [
  '"id"',
  '"__source"',
  '"__run_id"',
  '"\\u005f_stream"',
  '"_airbyte_data"',
  '""',
  '"id"',
  '"__proto__"',
];

function json(dice: Dice, depth: number): string {
  const kind = depth > 4 ? 0 : dice(4);
  if (kind <= 1) return pick(dice, SCALARS);
  const space = pick(dice, ['', '', ' ', '\t', '\r', ' \r ']);
  const items = Array.from({ length: dice(4) }, () => json(dice, depth + 1));
  if (kind === 2) return `[${space}${items.join(`${space},`)}]`;
  return `{${space}${items.map((item) => `${pick(dice, KEYS)}${space}:${item}`).join(`,${space}`)}}`;
}

function data(dice: Dice): string {
  const kind = dice(24);
  if (kind === 0) return '['.repeat(3000) + ']'.repeat(3000);
  if (kind === 1) return `{"big":"${'y'.repeat(200_000 + dice(2_000_000))}"}`;
  if (kind < 6) return json(dice, 0);
  return `{"id":${dice(1000)},"v":${json(dice, 1)}}`;
}

function record(dice: Dice, names: readonly string[]): string {
  const members = [
    `"stream":${JSON.stringify(pick(dice, names))}`,
    `"emitted_at":${pick(dice, ['1763680000000', '1763680000000', '1.5', '-7', '1e300', '"soon"', 'null', '99999999999999999999'])}`,
    `"data":${data(dice)}`,
  ];
  if (dice(4) === 0) members.push(`"namespace":${pick(dice, ['null', '""', '"n"', '"../n"', '7'])}`);
  if (dice(6) === 0) members.push(`"meta":${json(dice, 2)}`);
  if (dice(3) === 0) members.reverse();
  return `{"type":"RECORD","record":{${members.join(',')}}}`;
}

function other(dice: Dice, names: readonly string[]): string {
  const name = JSON.stringify(pick(dice, names));
  const descriptor = `{"name":${name}}`;
  const status = pick(dice, ['STARTED', 'RUNNING', 'COMPLETE', 'INCOMPLETE', 'LOST']);
  return pick(dice, [
    `{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":${descriptor},"stream_state":${json(dice, 2)}}}}`,
    `{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":${descriptor},"stream_state":{"at":1}},"sourceStats":{"recordCount":${dice(5)}}}}`,
    '{"type":"STATE","state":{"type":"GLOBAL","global":{"shared_state":{},"stream_states":[]}}}',
    '{"type":"STATE","state":{"type":"STREAM","stream":null}}',
    '{"type":"STATE","state":{"data":{"a":1}}}',
    '{"type":"STATE"}',
    `{"type":"TRACE","trace":{"type":"STREAM_STATUS","emitted_at":1,"stream_status":{"stream_descriptor":${descriptor},"status":"${status}"}}}`,
    '{"type":"TRACE","trace":{"type":"ESTIMATE"}}',
    '{"type":"TRACE","trace":null}',
    '{"type":"LOG","log":{"level":"LOUD","message":"\\u0000"}}',
    '{"type":"LOG"}',
    '{"type":"CONTROL","control":[]}',
    '{"type":"RECORD","record":{"stream":"a"}}',
    '{"type":"RECORD","record":{"data":{}}}',
    '{"type":"RECORD","record":7}',
    '{"type":7}',
    'null',
    '[]',
    '   ',
    '',
    '\ufeff{}',
    'Traceback (most recent call last):',
  ]);
}

function broken(dice: Dice, whole: string): Buffer {
  const bytes = Buffer.from(whole);
  const kind = dice(4);
  if (kind === 0) return bytes.subarray(0, dice(bytes.length + 1));
  if (kind === 1)
    return Buffer.from(Array.from({ length: dice(200) }, () => dice(256)).filter((byte) => byte !== 10));
  const copy = Buffer.from(bytes);
  const byte = dice(256);
  if (copy.length > 0) copy[dice(copy.length)] = byte === 10 ? 0 : byte;
  return copy;
}

/** Some lines of a source that does everything wrong, and much right between. */
export function hostileInput(dice: Dice): Buffer {
  const names = Array.from({ length: 1 + dice(4) }, () => pick(dice, NAMES));
  const lines = Array.from({ length: 20 + dice(60) }, (): Buffer => {
    const kind = dice(10);
    if (kind < 6) return Buffer.from(record(dice, names));
    return kind < 9 ? Buffer.from(other(dice, names)) : broken(dice, record(dice, names));
  });
  const newline = Buffer.from(pick(dice, ['\n', '\n', '\n', '\r\n']));
  const all = Buffer.concat(lines.flatMap((line) => [line, newline]));
  return dice(4) === 0 ? all.subarray(0, Math.max(0, all.length - 1 - dice(30))) : all;
}

/** How many records are in there by the rules of JSON.parse, and how many in lines that cannot be read. */
export function recordsIn(input: Buffer): { whole: number; unreadable: number } {
  const reader = new MessageReader();
  const counts = { whole: 0, unreadable: 0 };
  for (let start = 0; start < input.length; ) {
    const newline = input.indexOf(10, start);
    const end = newline === -1 ? input.length : newline;
    if (isRecord(input.subarray(start, end).toString())) counts.whole++;
    const read = reader.read(input, start, end);
    if (read.kind === 'unreadable') counts.unreadable += read.lost?.records ?? 0;
    start = end + 1;
  }
  return counts;
}

function isRecord(line: string): boolean {
  try {
    const message = JSON.parse(line) as {
      type?: unknown;
      record?: { stream?: unknown; data?: unknown } | null;
    } | null;
    return (
      message?.type === 'RECORD' &&
      typeof message.record?.stream === 'string' &&
      message.record.data !== undefined
    );
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
