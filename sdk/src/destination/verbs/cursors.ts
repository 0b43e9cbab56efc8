import type { Verb } from '../define.ts';
import { CURSORS, cursorRows } from './cursor-rows.ts';
import { lookVerb } from './look.ts';
import { minute, table } from './table.ts';
import type { StoreVerbs } from './with-store.ts';

/** Longer states are cut in the table. No secret gets into a state (invariant 6), so there is none to cut in two. */
const LONGEST_STATE = 60;

/** `cursors`: how far each partition of each stream is committed. */
export function cursorsVerb<Config, Part>(of: StoreVerbs<Config, Part>): Verb<Config> {
  return lookVerb(of, {
    name: 'cursors',
    description: 'show how far each partition of each stream is committed',
    columns: CURSORS,
    rows: async (store, source) => [...cursorRows(source, (await store.look(source)).states)],
    text: (rows) =>
      table(
        { stream: 'left', partition: 'left', state: 'left', since: 'left' },
        rows.map(({ stream, partition, state, updatedAt }) => [
          stream ?? '(all)',
          partition ?? '(all)',
          state.length > LONGEST_STATE ? `${state.slice(0, LONGEST_STATE)}…` : state,
          minute(updatedAt),
        ]),
      ),
  });
}
