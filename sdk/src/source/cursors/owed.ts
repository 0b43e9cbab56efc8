import type { Cursor } from '../cursor.ts';
import { savedIds } from './saved.ts';

/** What `read` of a stream with the cursor `owed` is given. */
export interface Owed {
  /** What is to be sent. */
  readonly ids: readonly string[];
}

/**
 * A stream that sends what others refer to (`references`, `ReadContext.owe`), by ids; it `follows` them all. Its
 * state is `{ owed: [id, …], named: [id, …] }`: those that were referred to and not sent yet, and those that streams
 * refer to which are read whole each time: they are sent once, not with every read. An id that `read` does not bring is
 * gone, unless a page names it in `unreadable`: it is owed no more once `read` came to its end.
 * @param options.key the selected value that is a record's id
 */
export function owed({ key }: { readonly key: string }): Cursor<Owed> {
  return {
    open(saved) {
      const left = new Set(savedIds(saved?.owed));
      /** They are there and could not be read. */
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
