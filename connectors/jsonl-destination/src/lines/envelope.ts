import { Buffer } from 'node:buffer';
import { Selection } from '@headrace/sdk';
import type { RecordLine } from '@headrace/sdk/protocol';

/** What is known of the batch of input that records are written from. */
export interface BatchFacts {
  /** When it was read, ISO, ms, Z: `__ingested_at_utc`, one value a batch. */
  ingestedAtUtc: string;
  /** Some record of it may have a field named like the envelope's. */
  mayCollide: boolean;
}

/** What stands around a record's data in its line. */
export interface Wrapping {
  head: Buffer;
  tail: Buffer;
  /** The head stands in the place of the data's opening brace. */
  overBrace: boolean;
}

/** Says for each record of one stream what stands around it. The wrapping is used again for the next one. */
export type Wrap = (record: RecordLine, batch: BatchFacts) => Wrapping;

/** What the flat envelope says of every record of a stream. */
export interface EnvelopeFacts {
  readonly source: string;
  readonly stream: string;
  readonly runId: string;
}

const NOTHING = Buffer.alloc(0);
/** Nothing stands around it. */
const BARE: Wrapping = { head: NOTHING, tail: NOTHING, overBrace: false };

/** The record alone. */
export const noEnvelope: Wrap = () => BARE;

const NAMES = ['__source', '__stream', '__ingested_at_utc', '__run_id'] as const;
type Name = (typeof NAMES)[number];

const own = new Selection({
  fields: Object.fromEntries(NAMES.map((name) => [name, name])) as Record<Name, string>,
});
const UNDERSCORES = Buffer.from('__');
export const UNICODE_ESCAPE = Buffer.from('\\u');
const ESCAPED_UNDERSCORE = Buffer.from('\\u005');

/** Whether some record in these bytes may have a field named like one of ours, written with escapes or not. */
export function mayCollide(bytes: Buffer, hasEscapes = true): boolean {
  return bytes.includes(UNDERSCORES) || (hasEscapes && bytes.includes(ESCAPED_UNDERSCORE));
}

/**
 * Our fields before the vendor's. Where the vendor has a field of that name it stays and ours is left out
 * (invariant 7).
 */
export function flatEnvelope({ source, stream, runId }: EnvelopeFacts): Wrap {
  const values: Record<Name, string> = {
    // Ours breaks no reader: a name may hold half a character.
    __source: source.toWellFormed(),
    __stream: stream.toWellFormed(),
    __ingested_at_utc: '',
    __run_id: runId,
  };
  const make = (names: readonly Name[], end: string): Buffer =>
    Buffer.from(`{${names.map((name) => `"${name}":${JSON.stringify(values[name])}`).join(',')}${end}`);
  let before: Buffer = NOTHING;
  let alone: Buffer = NOTHING;
  const wrapping: Wrapping = { head: before, tail: NOTHING, overBrace: true };
  return (record, batch) => {
    if (batch.ingestedAtUtc !== values.__ingested_at_utc) {
      values.__ingested_at_utc = batch.ingestedAtUtc;
      before = make(NAMES, ',');
      alone = make(NAMES, '');
    }
    if (record.isEmpty) wrapping.head = alone;
    else if (!batch.mayCollide || !mayCollide(record.data)) wrapping.head = before;
    else {
      const page = own.scan(record.data);
      const free = NAMES.filter((name) => page.fieldSpan(name) === undefined);
      wrapping.head = free.length === NAMES.length ? before : make(free, free.length > 0 ? ',' : '');
    }
    return wrapping;
  };
}
