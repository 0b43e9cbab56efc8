import { Buffer } from 'node:buffer';
import type { Page } from './page.ts';
import type { Selection } from './selection.ts';

const [OPEN, COMMA, CLOSE] = ['[', ',', ']'].map((mark) => Buffer.from(mark)) as [Buffer, Buffer, Buffer];

/**
 * A page made of records from other pages, for example in another order. Their bytes do not change.
 * @param selection of the stream: `select('')`
 */
export function pageOfRecords<R extends string>(
  records: readonly Uint8Array[],
  selection: Selection<never, R>,
): Page<never, R> {
  const pieces = records.flatMap((record, i) => (i === 0 ? [record] : [COMMA, record]));
  return selection.scan(Buffer.concat([OPEN, ...pieces, CLOSE]));
}

/** The bytes of a page's records. */
export function recordsOf(page: Page): Uint8Array[] {
  return Array.from({ length: page.count }, (_, row) => page.record(row));
}
