import { Selection } from '../protocol/selection.ts';

/** The name of a selection's value for the vendor's own member that has the name of a context field. */
export const vendorsOwn = (name: string): string => `=${name}`;

/**
 * Creates the selection for a stream's pages. `records` is the path of the list of records in a response (`''`: the
 * response is the list; `'.'`: the response is one record). `fields` are other values of the response
 * (`{ next: 'nextPageToken' }`). With `{ nullable: true }`, null is an empty list (`SelectionPaths.nullable`). The values
 * of records and the context fields are those of the stream.
 */
export type Select<R extends string> = <F extends string = never>(
  records: string,
  fields?: Readonly<Record<F, string>>,
  options?: { readonly nullable?: boolean },
) => Selection<F, R>;

/**
 * A `select` for requests whose records are not the stream's own: `const ids = selectOf({ id: 'id' })`, then
 * `http.page(request, ids('values'))`. @param record the values of a record, see `StreamDefinition.record`
 */
export function selectOf<R extends string>(record: Readonly<Record<R, string>>): Select<R> {
  return selectFor(record, []);
}

/** The `select` of a stream: `record` are its paths, `context` the names of its context fields. */
export function selectFor<R extends string>(
  record: Readonly<Record<R, string>> | undefined,
  context: readonly string[],
): Select<R> {
  // If the vendor's record has a member with the name of a context field, the vendor's is kept.
  const own = Object.fromEntries(context.map((name) => [vendorsOwn(name), name]));
  const paths = { ...own, ...record } as Readonly<Record<R, string>>;
  return (records, fields, options) => new Selection({ ...options, records, fields, record: paths });
}
