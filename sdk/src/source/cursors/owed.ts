import type { Cursor } from '../cursor.ts';
import { savedIds } from './saved.ts';

/** The `from` of `read` of a stream with the cursor `owed`. */
export interface Owed {
  /** The ids of the records to send. */
  readonly ids: readonly string[];
}

/**
 * For a stream that sends the records that others refer to, by their ids (`references`, `ReadContext.owe`). It `follows`
 * them all. Its state is `{ owed: [id, …], named: [id, …] }`: the ids that were not sent yet, and those that are named by
 * streams that are read completely each time, which are sent only once. An id that `read` does not return, and no page
 * names in `unreadable`, is gone: it is no longer owed when `read` has ended.
 * @param options.key the selected value that is a record's id
 */
export function owed({ key }: { readonly key: string }): Cursor<Owed> {
  return {
    open(saved) {
      const left = new Set(savedIds(saved?.owed));
      /** Ids of records that exist but could not be read. */
      const unreadable = new Set<string>();
      const named = saved?.named === undefined ? {} : { named: saved.named };
      return {
        parts: [
          {
            from: { ids: [...left] },
            fresh: () => undefined,
            owe(keys) {
              for (const id of keys) unreadable.add(id);
            },
            advance(page) {
              for (let row = 0; row < page.count; row++) {
                const id = page.id(row, key) ?? '';
                left.delete(id);
                unreadable.delete(id);
              }
            },
            finish() {
              left.clear();
              for (const id of unreadable) left.add(id);
            },
          },
        ],
        state: () => ({ ...named, ...(left.size === 0 ? {} : { owed: [...left] }) }),
      };
    },
  };
}
