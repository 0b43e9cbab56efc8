import type { Verb } from '../define.ts';
import { streamLabel } from '../names/names.ts';
import type { Store, StreamTotals } from '../store/store.ts';
import type { Column } from './columns.ts';
import { lookVerb } from './look.ts';
import { count, table } from './table.ts';
import type { StoreVerbs } from './with-store.ts';

/** What became of all records: received = stored + quarantined + rolled back. */
const TOTALS: ReadonlyArray<Column<StreamTotals>> = [
  { name: 'runs', type: 'count', of: ({ runs }) => runs },
  {
    name: 'received',
    type: 'count',
    of: ({ stored, quarantined, rolledBack }) => stored + quarantined + rolledBack,
  },
  { name: 'stored', type: 'count', of: ({ stored }) => stored },
  { name: 'quarantined', type: 'count', of: ({ quarantined }) => quarantined },
  { name: 'rolled_back', type: 'count', of: ({ rolledBack }) => rolledBack },
];

/** `stats`: what became of all received records, per stream. */
export function statsVerb<Config, Part>(of: StoreVerbs<Config, Part>): Verb<Config> {
  return lookVerb<Config, Part, Store<Part>, StreamTotals>(of, {
    name: 'stats',
    description: 'show what became of all received records, per stream',
    columns: [
      { name: 'stream', type: 'text', of: ({ key }) => streamLabel(key.stream, key.namespace) },
      ...TOTALS,
    ],
    rows: async (store, source) => (await store.look(source)).totals,
    text: (rows) =>
      table(
        {
          stream: 'left',
          runs: 'right',
          received: 'right',
          stored: 'right',
          quarantined: 'right',
          'rolled back': 'right',
        },
        rows.map((row) => [
          streamLabel(row.key.stream, row.key.namespace),
          ...TOTALS.map(({ of: value }) => count(value(row) as number)),
        ]),
      ),
  });
}
