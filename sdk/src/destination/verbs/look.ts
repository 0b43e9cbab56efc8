import type { Verb } from '../define.ts';
import type { Store } from '../store/store.ts';
import type { Column } from './columns.ts';
import { jsonList } from './table.ts';
import { type StoreVerbs, withStore } from './with-store.ts';

export const JSON_OPTION = { flags: '--json', description: 'print JSON instead of a table' };

/** A verb that shows rows. */
export interface Look<Row, S> {
  readonly name: string;
  readonly description: string;
  readonly columns: ReadonlyArray<Column<Row>>;
  rows(store: S, source: string): Promise<readonly Row[]>;
  /** A table for people. Only called with rows. */
  text(rows: readonly Row[]): string;
}

/** Defines a verb that shows what is committed now, without waiting for a run. */
export function lookVerb<Config, Part, S extends Store<Part>, Row>(
  of: StoreVerbs<Config, Part, S>,
  { name, description, columns, rows, text }: Look<Row, S>,
): Verb<Config> {
  return {
    name,
    description,
    options: [JSON_OPTION],
    run: (call) =>
      withStore(of, call, name, async ({ store, source }) => {
        const { config, env, options, out } = call;
        const found = source === undefined ? [] : await rows(store, source);
        if (options.json) out(jsonList(columns, found));
        else if (found.length > 0) out(text(found));
        else env.log.info(`there is nothing of ${source ?? 'any source'} in ${of.place(config, env)} yet`);
        return 0;
      }),
  };
}
