import { Buffer } from 'node:buffer';
import {
  brokenLine,
  type InputLine,
  inMib,
  LONGEST_LINE,
  MessageReader,
  readLines,
  type SeveralLines,
} from '@headrace/sdk/protocol';
import { DataError } from '@headrace/sdk/spec';
import type { ConnectorProcess } from './connector.ts';
import { outputOf } from './output-of.ts';

/** One line, or one of several messages on a line. */
export type SingleLine = Exclude<InputLine, SeveralLines>;

const NEWLINE = 0x0a;
/** How much of a line is kept while it is read: enough for the name of its stream. */
const BEGINNING = 4096;

/**
 * Passes everything that a process prints to `take`, line by line and in order. For a source that reads, use `pump`.
 * @throws DataError (`pipe.line_too_long`) as soon as a line is longer than any line may be
 */
export async function readMessages(
  process: ConnectorProcess,
  who: string,
  take: (line: SingleLine) => void | Promise<void>,
): Promise<void> {
  const reader = new MessageReader();
  async function one(line: InputLine): Promise<void> {
    if (line.kind !== 'several') await take(line);
    else for (const part of line.parts) await one(reader.read(part, 0, part.length));
  }
  for await (const batch of readLines(withoutEndlessLines(outputOf(process), who)))
    for (const k of batch.ends.keys()) await one(reader.line(batch, k));
}

async function* withoutEndlessLines(chunks: AsyncIterable<Buffer>, who: string): AsyncGenerator<Buffer> {
  let length = 0;
  let beginning = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const last = chunk.lastIndexOf(NEWLINE);
    const open = chunk.subarray(last + 1);
    length = last === -1 ? length + open.length : open.length;
    if (last !== -1) beginning = Buffer.alloc(0);
    if (beginning.length < BEGINNING) beginning = Buffer.concat([beginning, open]).subarray(0, BEGINNING);
    if (length > LONGEST_LINE) throw tooLong(who, beginning);
    yield chunk;
  }
}

function tooLong(who: string, beginning: Buffer): DataError {
  const told = brokenLine(beginning, '');
  const stream = told.kind === 'unreadable' ? told.lost?.streams[0]?.name : undefined;
  const what = stream === undefined ? 'a line' : `a line of the stream ${stream}`;
  return new DataError(`${who} prints ${what} that is longer than ${inMib(LONGEST_LINE)}`, {
    code: 'pipe.line_too_long',
    hint: 'a message has to fit into one line of that size; a record is to be cut at its source',
  });
}
