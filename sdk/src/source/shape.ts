import type { RecordShape } from './define.ts';

/** Which values of a record are never cut, and which context fields are added to it. */
export function shapeOf(
  { primaryKey, cursorField }: { readonly primaryKey: readonly string[]; readonly cursorField?: string },
  paths: readonly string[],
  context: { readonly [name: string]: (page: never, row: number, owner: never) => unknown },
): RecordShape {
  const named = [...primaryKey, ...(cursorField === undefined ? [] : [cursorField])];
  return {
    keep: [...named.map((name) => [name]), ...paths.map((path) => path.split('.'))],
    context: Object.entries(context).map(([name, value]) => ({
      name,
      value: value as RecordShape['context'][number]['value'],
    })),
  };
}
