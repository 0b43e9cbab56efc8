import { count, type Look, minute, size, table } from '@headrace/sdk/destination';
import type { Journal } from '../journal/journal.ts';
import type { JournalStore } from '../store/journal-store.ts';
import { type ManifestRow, manifestRows } from '../tables/manifest-rows.ts';
import { STATS, type StatsRow, statsRows } from '../tables/stats-rows.ts';
import { MANIFEST } from '../tables/tables.ts';

/** `manifest`: the files that readers can rely on. */
export const manifestLook: Look<ManifestRow, JournalStore> = {
  name: 'manifest',
  description: 'list the files that readers can rely on',
  columns: MANIFEST,
  rows: async (store, source) => rowsOf(await store.known(), (journal) => [...manifestRows(journal, source)]),
  text: (rows) =>
    table(
      { file: 'left', records: 'right', 'on disk': 'right', 'last record': 'left' },
      rows.map((row) => [
        row.path.slice(row.path.indexOf('/') + 1) + (row.status === 'superseded' ? ' (superseded)' : ''),
        count(row.records),
        size(row.compressedBytes),
        minute(row.lastEmittedAt),
      ]),
    ),
};

/** `stats`: what is stored of each stream, and what became of the records of all runs. */
export const statsLook: Look<StatsRow, JournalStore> = {
  name: 'stats',
  description: 'show what is stored of each stream, and what became of all received records',
  columns: STATS,
  rows: async (store, source) => rowsOf(await store.known(), (journal) => statsRows(journal, source)),
  text: (rows) =>
    table(
      {
        stream: 'left',
        files: 'right',
        records: 'right',
        size: 'right',
        'on disk': 'right',
        'last record': 'left',
        received: 'right',
        replaced: 'right',
        quarantined: 'right',
        'rolled back': 'right',
      },
      rows.map((row) => [
        row.stream,
        count(row.files),
        count(row.records),
        size(row.bytes),
        size(row.compressedBytes),
        minute(row.lastEmittedAt),
        count(row.received),
        count(row.replaced),
        count(row.quarantined),
        count(row.rolledBack),
      ]),
    ),
};

/** No rows if there is no journal yet. */
function rowsOf<Row>(journal: Journal | undefined, read: (journal: Journal) => Row[]): Row[] {
  return journal ? read(journal) : [];
}
