import { Selection } from '../protocol/selection.ts';

/** The name under which a selection holds the vendor's own member of a context field's name. */
export const vendorsOwn = (name: string): string => `=${name}`;

/**
 * Makes the selection for a stream's pages: `records` is the path of the list of records in an answer
 * (`''`: the answer is that list, `'.'`: the answer is one record itself), `fields` what the answer says besides
 * (`{ next: 'nextPageToken' }`); with `{ nullable: true }` null is an empty list (`SelectionPaths.nullable`).
 * Record values and context fields are the stream's.
 */
export type Select<R extends string> = <F extends string = never>(
  records: string,
  fields?: Readonly<Record<F, string>>,
  options?: { readonly nullable?: boolean },
) => Selection<F, R>;

/**
 * A `select` for what is looked up beside a stream's own records: `const ids = selectOf({ id: 'id' })`, then
 * `http.page(request, ids('values'))`. @param record the values of a record that are looked at, see `StreamDefinition.record`
 */
export function selectOf<R extends string>(record: Readonly<Record<R, string>>): Select<R> {
  return selectFor(record, []);
}

/** The `select` of a stream: `record` are its paths, `context` the names of its context fields. */
export function selectFor<R extends string>(
  record: Readonly<Record<R, string>> | undefined,
  context: readonly string[],
): Select<R> {
  // What the vendor says under a context field's name is looked at too: it goes before ours.
  const own = Object.fromEntries(context.map((name) => [vendorsOwn(name), name]));
  const paths = { ...own, ...record } as Readonly<Record<R, string>>;
  return (records, fields, options) => new Selection({ ...options, records, fields, record: paths });
}
