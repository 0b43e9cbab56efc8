import { Selection } from '../protocol/selection.ts';

/** The name under which a selection holds the vendor's own member of a context field's name. */
export const vendorsOwn = (name: string): string => `=${name}`;

/**
 * The selection for a stream's pages: `records` is the path of the list, `record` the values that the
 * stream and its cursor need, `context` the names of the stream's context fields, `fields` what the page
 * says besides its records. Make it once, at the top of the file.
 */
export function selectRecords<R extends string, F extends string = never>(paths: {
  records: string;
  record: Readonly<Record<R, string>>;
  context?: readonly string[];
  fields?: Readonly<Record<F, string>>;
}): Selection<F, R> {
  const own = Object.fromEntries((paths.context ?? []).map((name) => [vendorsOwn(name), name]));
  return new Selection<F, R>({
    fields: paths.fields,
    records: paths.records,
    record: { ...paths.record, ...own },
  });
}
