import type { Verb } from '@headrace/sdk';
import type { JsonlConfig } from './config.ts';
import { type CursorRow, cursorRows } from './cursor-rows.ts';
import { Journal } from './journal.ts';
import { knownSource, refuseUnknownData } from './known-source.ts';
import { type ManifestRow, manifestRows } from './manifest-rows.ts';
import type { Column } from './parquet.ts';
import { rootOf } from './place.ts';
import { STATS, type StatsRow, statsRows } from './stats-rows.ts';
import { CURSORS, MANIFEST } from './tables.ts';
import { count, jsonList, minute, size, table } from './verb-table.ts';

export const JSON_OPTION = { flags: '--json', description: 'print JSON instead of a table' };

interface Look<Row> {
  readonly name: string;
  readonly description: string;
  readonly columns: ReadonlyArray<Column<Row>>;
  rows(journal: Journal, source: string): Iterable<Row>;
  text(rows: readonly Row[]): string;
}

/** A verb that shows rows of the journal: what is committed now, whatever a run is about to add. */
function lookVerb<Row>({ name, description, columns, rows, text }: Look<Row>): Verb<JsonlConfig> {
  return {
    name,
    description,
    options: [JSON_OPTION],
    async run({ config, env, options, out }) {
      const root = rootOf(config, env.processEnv);
      const source = await knownSource(root, { config, env });
      if (source === undefined) await refuseUnknownData(root);
      const journal = await Journal.openToRead(root);
      if (!journal) await refuseUnknownData(root);
      try {
        const found = journal && source !== undefined ? [...rows(journal, source)] : [];
        if (options.json) out(jsonList(columns, found));
        else if (found.length > 0) out(text(found));
        else env.log.info(`there is nothing of ${source ?? 'any source'} in ${root} yet`);
      } finally {
        journal?.close();
      }
      return 0;
    },
  };
}

/** `manifest`: the files that a reader may count on. */
export const manifestVerb = lookVerb<ManifestRow>({
  name: 'manifest',
  description: 'list the files that a reader may count on',
  columns: MANIFEST,
  rows: manifestRows,
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
});

/** A state that is longer is cut for people. */
const LONGEST_STATE = 60;

/** `cursors`: how far each partition of each stream is committed. */
export const cursorsVerb = lookVerb<CursorRow>({
  name: 'cursors',
  description: 'show how far each partition of each stream is committed',
  columns: CURSORS,
  rows: cursorRows,
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

/** `stats`: what is there of each stream, and what became of the records of all runs. */
export const statsVerb = lookVerb<StatsRow>({
  name: 'stats',
  description: 'show what is there of each stream, and what became of all records that came',
  columns: STATS,
  rows: statsRows,
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
});
