import { Buffer } from 'node:buffer';
import {
  type ApiRequest,
  DataError,
  type HttpClient,
  type Page,
  type Select,
  type Selection,
} from '@headrace/sdk';

const [OPEN, COMMA, CLOSE] = ['[', ',', ']'].map((mark) => Buffer.from(mark)) as [Buffer, Buffer, Buffer];

/** For a list that is null or absent if a field configuration hides its field. */
export const NULLABLE = { nullable: true } as const;

/** A page made of records from another page, for example in a different order. Their bytes do not change. */
export function pageOf<R extends string>(records: readonly Uint8Array[], select: Select<R>): Page<never, R> {
  const pieces = records.flatMap((record, i) => (i === 0 ? [record] : [COMMA, record]));
  return select('').scan(Buffer.concat([OPEN, ...pieces, CLOSE]));
}

/** The bytes of a page's records. */
export function recordsOf(page: Page): Uint8Array[] {
  return Array.from({ length: page.count }, (_, row) => page.record(row));
}

/** The id of a row. Every row must have one. @throws DataError (`jira.no_id`) if it has none */
export function idOf<R extends string>(page: Page<string, R | 'id'>, row: number): string {
  const id = page.id(row, 'id');
  if (id !== undefined) return id;
  throw new DataError('a row of a list has no id', { code: 'jira.no_id' });
}

/** The pages of a list that arrives in a single response. */
export async function* onePage<R extends string>(
  { http }: { readonly http: HttpClient },
  request: ApiRequest,
  selection: Selection<never, R>,
): AsyncGenerator<Page<never, R>> {
  yield await http.page(request, selection);
}
