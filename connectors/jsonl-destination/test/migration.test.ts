import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Journal } from '../src/journal/journal.ts';
import { Bench, record, state } from './process.ts';
import { dataFiles, storedLines } from './stored.ts';

const VERSION_1 = fileURLToPath(new URL('version-1', import.meta.url));

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
  cpSync(VERSION_1, bench.path, { recursive: true, filter: (name) => !name.endsWith('.sql') });
  mkdirSync(join(bench.path, '_headrace'));
  const db = new DatabaseSync(join(bench.path, '_headrace/journal.sqlite'));
  db.exec(readFileSync(join(VERSION_1, 'journal.sql'), 'utf8'));
  db.close();
});
afterEach(() => bench.remove());

it('a folder that version 1 wrote goes on: states, files, and what its last run left open', async () => {
  expect(await bench.state()).toMatchObject([
    { stream: { stream_descriptor: { name: 'boards' }, stream_state: { at: 1 } }, commit: 3 },
    { stream: { stream_descriptor: { name: 'issues' }, stream_state: { at: 4 } }, commit: 3 },
  ]);
  const before = storedLines(join(bench.path, 'jira'));
  const { code, stdout } = await bench.run(['write'], record('issues', { id: 5 }) + state('issues', 5), {
    source: 'jira',
    run_id: 'R4',
  });
  expect([code, stdout]).toEqual([0, expect.stringContaining('R3-00001.jsonl.gz: closed')]);
  expect(dataFiles(join(bench.path, 'jira')).filter((name) => name.endsWith('.open'))).toEqual([]);
  expect(storedLines(join(bench.path, 'jira'))).toHaveLength(before.length + 1);

  const journal = await Journal.openExisting(bench.path);
  const files = journal!.all(
    'select path, seq, status, copy_id, sha256 is null as unknown from files order by id',
  );
  const manifest = journal!.all('select path, status, copy from manifest order by id');
  journal!.close();
  expect(files.map(({ status }) => status)).toEqual([
    'closed',
    'closed',
    'closed',
    'flat',
    'closed',
    'closed',
  ]);
  // What is closed now has its sum; version 1 kept none.
  expect(files.map(({ unknown }) => unknown)).toEqual([1, 1, 1, 1, 0, 0]);
  // A stream is one copy, and its order is that in which version 1 wrote.
  expect(new Set([0, 1, 4, 5].map((k) => files[k]!.copy_id)).size).toBe(1);
  expect(files.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(manifest).toHaveLength(5);
  expect(manifest.every(({ status, copy }) => status === 'complete' && copy === null)).toBe(true);
});
