import { Buffer } from 'node:buffer';
import { Selection } from '@headrace/sdk';
import type { RecordLine } from '@headrace/sdk/protocol';

/** Facts about a batch of input. */
export interface BatchFacts {
  /** When it was read, ISO in UTC with ms: `__ingested_at_utc`, one value per batch. */
  ingestedAtUtc: string;
  /** Whether a record may have a field with the name of one of the envelope's. */
  mayCollide: boolean;
}

/** What is before and after a record's data in its line. */
export interface Wrapping {
  head: Buffer;
  tail: Buffer;
  /** Whether the head replaces the data's opening brace. */
  overBrace: boolean;
}

/** Makes the wrapping of each record of a stream. The returned object is reused for the next record. */
export type Wrap = (record: RecordLine, batch: BatchFacts) => Wrapping;

/** Values of the flat envelope that all records of a stream share. */
export interface EnvelopeFacts {
  readonly source: string;
  readonly stream: string;
  readonly runId: string;
}

const NOTHING = Buffer.alloc(0);
/** No wrapping. */
const BARE: Wrapping = { head: NOTHING, tail: NOTHING, overBrace: false };

/** Only the record. */
export const noEnvelope: Wrap = () => BARE;

const NAMES = ['__source', '__stream', '__ingested_at_utc', '__run_id'] as const;
type Name = (typeof NAMES)[number];

const own = new Selection({
  fields: Object.fromEntries(NAMES.map((name) => [name, name])) as Record<Name, string>,
});
const UNDERSCORES = Buffer.from('__');
export const UNICODE_ESCAPE = Buffer.from('\\u');
const ESCAPED_UNDERSCORE = Buffer.from('\\u005');

/** Whether a record in these bytes may have a field with one of our names, also if it is written with escapes. */
export function mayCollide(bytes: Buffer, hasEscapes = true): boolean {
  return bytes.includes(UNDERSCORES) || (hasEscapes && bytes.includes(ESCAPED_UNDERSCORE));
}

/**
 * Our fields, before the vendor's. If the vendor has a field with the same name, it stays and ours is left out
 * (invariant 7).
 */
export function flatEnvelope({ source, stream, runId }: EnvelopeFacts): Wrap {
  const values: Record<Name, string> = {
    // A name may contain a lone surrogate, which must not break readers of our own fields.
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
