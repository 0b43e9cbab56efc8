import { type ApiRequest, DataError, type HttpClient, type Page, type Selection } from '@headrace/sdk';

/** For a list that is null or absent if a field configuration hides its field. */
export const NULLABLE = { nullable: true } as const;

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
