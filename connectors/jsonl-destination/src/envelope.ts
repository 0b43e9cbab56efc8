import { Buffer } from 'node:buffer';
import { Selection } from '@headrace/sdk';

/** What the envelope says of every record of a stream. */
export interface EnvelopeFacts {
  readonly source: string;
  readonly stream: string;
  readonly runId: string;
}

const NAMES = ['__source', '__stream', '__ingested_at_utc', '__run_id'] as const;
type Name = (typeof NAMES)[number];

const own = new Selection({
  fields: Object.fromEntries(NAMES.map((name) => [name, name])) as Record<Name, string>,
});
const UNDERSCORES = Buffer.from('__');
const ESCAPED_UNDERSCORE = Buffer.from('\\u005');

/** Whether some record in these bytes may have a field named like one of ours, written with escapes or not. */
export function mayCollide(bytes: Buffer): boolean {
  return bytes.includes(UNDERSCORES) || bytes.includes(ESCAPED_UNDERSCORE);
}

/**
 * The bytes that take the place of a record's opening brace: our fields before the vendor's. Where the vendor
 * has a field of that name it stays and ours is left out (invariant 7).
 */
export class FlatEnvelope {
  readonly #values: Record<Name, string>;
  #stamp = '';
  #head: Uint8Array = Buffer.alloc(0);
  #bare: Uint8Array = Buffer.alloc(0);

  constructor({ source, stream, runId }: EnvelopeFacts) {
    this.#values = { __source: source, __stream: stream, __ingested_at_utc: '', __run_id: runId };
  }

  /** @param ingestedAt ISO, ms, Z: one value a batch */
  head(data: Uint8Array, isEmpty: boolean, ingestedAt: string, collisions: boolean): Uint8Array {
    if (ingestedAt !== this.#stamp) {
      this.#stamp = ingestedAt;
      this.#values.__ingested_at_utc = ingestedAt;
      this.#head = this.#make(NAMES, ',');
      this.#bare = this.#make(NAMES, '');
    }
    if (isEmpty) return this.#bare;
    if (!collisions || !mayCollide(asBuffer(data))) return this.#head;
    const page = own.scan(data);
    const free = NAMES.filter((name) => page.fieldSpan(name) === undefined);
    return free.length === NAMES.length ? this.#head : this.#make(free, free.length > 0 ? ',' : '');
  }

  #make(names: readonly Name[], end: string): Uint8Array {
    const members = names.map((name) => `"${name}":${JSON.stringify(this.#values[name])}`);
    return Buffer.from(`{${members.join(',')}${end}`);
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
