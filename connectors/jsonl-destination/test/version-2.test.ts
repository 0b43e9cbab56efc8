import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { config } from '../src/config.ts';
import destination from '../src/destination.ts';
import { analytics, Bench, record, status } from './process.ts';
import { env } from './store.ts';
import { linesOfFile } from './stored.ts';

/** A folder as version 2 left it is read, goes on and is verified: what is expected was written by version 2 itself. */
const VERSION_2 = fileURLToPath(new URL('version-2', import.meta.url));
const EXPECTED = join(VERSION_2, 'expected');
const SOURCES = ['f', 'g', 'k', 's'];

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
  const beside = ['journal.sql', 'expected'].map((name) => join(VERSION_2, name));
  cpSync(VERSION_2, bench.path, { recursive: true, filter: (name) => !beside.includes(name) });
  mkdirSync(join(bench.path, '_headrace'));
  const db = new DatabaseSync(join(bench.path, '_headrace/journal.sqlite'));
  db.exec(readFileSync(join(VERSION_2, 'journal.sql'), 'utf8'));
  db.close();
});
afterEach(() => bench.remove());

/** What a verb prints, in this process. */
async function said(verb: string, source: string, more: object = {}): Promise<unknown> {
  const lines: string[] = [];
  await destination
    .verbs!.find(({ name }) => name === verb)!
    .run({
      config: config.parse({ path: bench.path, source, ...more }),
      options: verb === 'state' ? {} : { json: true },
      out: (line) => void lines.push(line),
      env,
    });
  return JSON.parse(lines.join('\n'));
}

/** An entry a line. */
const pretty = (all: Readonly<Record<string, unknown>>): string =>
  `{\n${Object.entries(all)
    .map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`)
    .join(',\n')}\n}\n`;

it('is read as version 2 reads it', async () => {
  const all: Record<string, unknown> = {
    'state of a backfill': await said('state', 's', { state_scope: 'backfill:1' }),
  };
  for (const source of SOURCES)
    for (const verb of ['state', 'stats', 'cursors', 'manifest', 'verify'])
      all[`${verb} ${source}`] = await said(verb, source);
  await expect(pretty(all)).toMatchFileSnapshot(join(EXPECTED, 'read.txt'));
  // To look changes nothing: the disk may be full, or read-only.
  expect(versionOf(bench)).toBe(2);
});

function versionOf({ path }: Bench): unknown {
  const db = new DatabaseSync(join(path, '_headrace/journal.sqlite'), { readOnly: true });
  try {
    return db.prepare('pragma user_version').get()?.user_version;
  } finally {
    db.close();
  }
}

/** A state of our sources; without a position all of the stream was read. */
const ours = (name: string, at?: number): string =>
  `${JSON.stringify({
    type: 'STATE',
    state: {
      type: 'STREAM',
      stream: {
        stream_descriptor: { name },
        stream_state: { version: 1, origin: 'x.example', partitions: at === undefined ? {} : { p: { at } } },
      },
    },
  })}\n`;

const rest = (name: string, records: readonly object[], at?: number): string =>
  status(name, 'STARTED') +
  records.map((data) => record(name, data)).join('') +
  ours(name, at) +
  status(name, 'COMPLETE');

function catalog(): string {
  const overwrite = {
    destination_sync_mode: 'overwrite',
    generation_id: 3,
    minimum_generation_id: 3,
    sync_id: 3,
  };
  const streams: Record<string, object> = {
    a: { sync_mode: 'incremental' },
    inc: { sync_mode: 'incremental' },
    full: {},
    over: { ...overwrite, primary_key: [['id']] },
    begun: overwrite,
    dedup: {
      sync_mode: 'incremental',
      destination_sync_mode: 'append_dedup',
      primary_key: [['id']],
      cursor_field: ['at'],
    },
  };
  const file = join(bench.root, 'catalog.json');
  writeFileSync(
    file,
    JSON.stringify({
      streams: Object.entries(streams).map(([name, asked]) => ({
        stream: { name, json_schema: {}, supported_sync_modes: ['full_refresh', 'incremental'] },
        sync_mode: 'full_refresh',
        destination_sync_mode: 'append',
        ...asked,
      })),
    }),
  );
  return file;
}

it('goes on from its states: each record once, what was begun is finished, and all of it verifies', async () => {
  const number = async (source: string): Promise<string> =>
    analytics('state_commit', String((await bench.state({ source }))[0]!.commit));
  const asked = ['write', '--catalog', catalog()];
  const inputs: Record<string, string> = {
    // What follows the last state comes again, and what was unfinished goes on.
    s:
      (await number('s')) +
      rest('inc', [{ id: 6 }, { id: 7 }], 7) +
      rest('full', [{ id: 2 }, { id: 3 }]) +
      rest('over', [{ id: 12, again: true }, { id: 14 }]) +
      rest('begun', [{ id: 12 }, { id: 13 }]) +
      rest(
        'dedup',
        [
          { id: 5, at: 5 },
          { id: 1, at: 0 },
        ],
        6,
      ),
    k: (await number('k')) + rest('a', [{ id: 2 }], 2),
    f:
      (await number('f')) +
      rest('a', [{ id: 4 }], 4) +
      rest('over', [{ id: 12, again: true }, { id: 13 }]) +
      rest(
        'dedup',
        [
          { id: 1, at: 0 },
          { id: 3, at: 3 },
        ],
        3,
      ),
  };
  const all: Record<string, unknown> = {};
  for (const [source, input] of Object.entries(inputs)) {
    const layout = source === 'f' ? 'flat' : 'partitioned';
    const ran = await bench.run(asked, input, { source, layout, envelope: 'none', run_id: 'R9' });
    expect([ran.code, ran.stderr]).toEqual([0, '']);
  }
  const gone = await bench.run(
    ['write'],
    `${record('a', { id: 3 })}${JSON.stringify({ type: 'STATE', state: { type: 'GLOBAL', global: { shared_state: { at: 2 }, stream_states: [] } } })}\n`,
    { source: 'g', envelope: 'none', run_id: 'R9' },
  );
  expect(gone.code).toBe(0);
  for (const source of SOURCES) {
    all[`state ${source}`] = await said('state', source);
    const stats = (await said('stats', source)) as Array<Record<string, unknown>>;
    all[`counts ${source}`] = stats.map(
      ({ stream, records, runs, received, stored, quarantined, rolled_back }) => ({
        ...{ stream, records, runs, received, stored, quarantined, rolled_back },
      }),
    );
    const files = (await said('manifest', source)) as Array<Record<string, string>>;
    const lines = Map.groupBy(files, ({ stream, status: what }) => `${source} ${stream} ${what}`);
    for (const [name, of] of lines)
      all[name] = of.flatMap(({ path }) => linesOfFile(join(bench.path, path!)).map(withoutIds));
    expect(((await said('verify', source)) as { problems: unknown[] }).problems).toEqual([]);
  }
  await expect(pretty(all)).toMatchFileSnapshot(join(EXPECTED, 'resumed.txt'));
  expect(versionOf(bench)).toBe(3);
});

/** The ids of the Airbyte envelope differ from run to run. */
function withoutIds(line: string): string {
  return line.replace(/"_airbyte_raw_id":"[^"]*"/, '"_airbyte_raw_id":""');
}
