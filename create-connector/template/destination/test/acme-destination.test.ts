import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { type DestinationFixture, type StoredRecord, testDestination } from '@headrace/sdk/testing';

/** An empty target, and how to read back what was stored. */
async function start(): Promise<DestinationFixture> {
  const root = mkdtempSync(join(tmpdir(), 'acme-destination-'));
  const path = join(root, 'records.sqlite');
  return {
    config: { path, source: 'shop', commit_seconds: 0.05 },
    // A device is not a folder.
    badConfig: { path: '/dev/null/records.sqlite' },
    stored: () => storedIn(path),
    states: () => statesIn(path),
    strays: () => readdirSync(root).filter((name) => !name.startsWith('records.sqlite')),
    stop: () => rmSync(root, { recursive: true }),
  };
}

/** A target that is full after 2 MB. */
async function startFull() {
  const limited = ['sh', '-c', 'ulimit -f 4096; exec "$0" "$@"', 'bin/acme-destination'];
  return { ...(await start()), command: limited };
}

/** Rows of a query; none if there is no database yet. */
function rowsOf(path: string, sql: string): Array<Record<string, unknown>> {
  if (!existsSync(path)) return [];
  const db = new DatabaseSync(path, { timeout: 30_000 });
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
}

/** What a reader sees: all our tables without a `~`. */
function* storedIn(path: string): Generator<StoredRecord> {
  const tables = rowsOf(path, "select name from sqlite_schema where type = 'table' and name like 'shop.%'");
  for (const { name } of tables.filter((table) => !String(table.name).includes('~')))
    for (const row of rowsOf(path, `select _stream, _namespace, _data from "${name}"`))
      yield {
        stream: String(row._stream),
        namespace: row._namespace === null ? undefined : String(row._namespace),
        data: JSON.parse(String(row._data)),
      };
}

/** Committed states; none if the first run was killed before it had made its tables. */
function statesIn(path: string) {
  if (rowsOf(path, "select name from sqlite_schema where name = '_headrace_states'").length === 0) return [];
  return rowsOf(path, 'select json from _headrace_states').map(({ json }) => JSON.parse(String(json)));
}

// Airbyte's rules, against the built program: what is echoed when, what is stored after a kill, each record once.
describe('acme-destination', { concurrency: 4 }, () => {
  testDestination({ test, command: ['bin/acme-destination'], start, startFull, exactlyOnce: true });
});
