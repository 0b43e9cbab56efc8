import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { completeCopy } from '@headrace/sdk/destination';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { config } from '../src/config.ts';
import type { Journal } from '../src/journal/journal.ts';
import { changeCopies } from '../src/journal/move-files.ts';
import { type Compacted, compact } from '../src/rewrite/compact.ts';
import type { FindKey } from '../src/rewrite/stream-keys.ts';
import { catalogKeys, journalKeys } from '../src/rewrite/stream-keys.ts';
import { beginCopy, env, KEY, OWNER, storeFiles, WISH } from './store.ts';
import { storedLines } from './stored.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'headrace-compact-'));
});
afterEach(() => rmSync(root, { recursive: true }));

async function run(journal: Journal, latest?: FindKey): Promise<Compacted[]> {
  const done: Compacted[] = [];
  const settings = config.parse({ path: root, envelope: 'none' });
  const task = { root, journal, env, config: settings, source: KEY.source, runId: 'c1', latest };
  for await (const stream of compact(task)) done.push(stream);
  return done;
}

const line = (id: number, updated: string): string => JSON.stringify({ id, updated });

describe('compact', () => {
  it('makes one file of small ones, once, and drops identical lines', async () => {
    const journal = await storeFiles(root, [[line(1, 'a')], [line(2, 'a'), line(1, 'a')], [line(1, 'b')]]);
    expect(await run(journal)).toMatchObject([{ stream: 'a', kept: 3, dropped: 1, replaced: 3, by: 1 }]);
    expect(storedLines(root)).toEqual([line(1, 'a'), line(2, 'a'), line(1, 'b')]);
    expect(await run(journal)).toMatchObject([{ kept: 3, dropped: 0, replaced: 0, by: 0 }]);
    journal.close();
  });

  it('leaves copies of a full-refresh stream apart, and compares those that are not complete', async () => {
    const journal = await storeFiles(root, [[line(1, 'a')], [line(1, 'a'), line(2, 'a')]]);
    const files = journal.filesOf(KEY);
    // The second file is of a copy that was begun later.
    const other = beginCopy(journal, { ...WISH, underWay: false });
    journal.run('update files set copy_id = ? where id = ?', other.id, files[1]!.id);
    const changes = completeCopy(journal.load(OWNER).copies, other);
    journal.transaction(() => changeCopies(journal, OWNER, changes));
    expect(await run(journal)).toMatchObject([{ kept: 3, dropped: 0, replaced: 0 }]);
    journal.run("update copies set status = 'open'");
    // What is in both stays in the later one: that may yet become complete.
    expect(await run(journal)).toMatchObject([{ kept: 2, dropped: 1 }]);
    expect(journal.filesOf(KEY)).toMatchObject([{ copyId: other.id, records: 2 }]);
    journal.close();
  });

  it('forgets a file that its user took away', async () => {
    const journal = await storeFiles(root, [[line(1, 'a')], [line(2, 'a')]]);
    rmSync(join(root, journal.filesOf(KEY)[0]!.path));
    await run(journal);
    expect(journal.filesOf(KEY)).toHaveLength(1);
    expect(storedLines(root)).toEqual([line(2, 'a')]);
    journal.close();
  });
});

describe('compact --latest', () => {
  const VERSIONS = [[line(1, '2026-11-20T10:00:00Z'), line(2, 'x')], [line(1, '2026-11-20T11:00:00+0200')]];

  it('keeps one record a key, by what the last catalog of a write said', async () => {
    const journal = await storeFiles(root, VERSIONS);
    const known = {
      key: KEY,
      primaryKey: [['id']],
      cursorField: ['updated'],
      generationId: 0,
      dedupDue: false,
    };
    journal.amend(OWNER, { streams: [known] });
    expect(await run(journal, journalKeys(journal))).toMatchObject([{ kept: 2, dropped: 1 }]);
    expect(storedLines(root).sort()).toEqual(VERSIONS[0]);
    journal.close();
  });

  it('takes the keys of a catalog; a stream without one loses identical lines alone', async () => {
    const journal = await storeFiles(root, [...VERSIONS, [line(2, 'x')]]);
    const file = join(root, 'catalog.json');
    const write = (streams: object[]) => writeFileSync(file, JSON.stringify({ streams }));
    write([{ stream: { name: 'a', namespace: 's' } }]);
    expect(await run(journal, await catalogKeys(file, 's'))).toMatchObject([{ kept: 3, dropped: 1 }]);
    write([
      { stream: { name: 'a', source_defined_primary_key: [['id']], default_cursor_field: ['updated'] } },
    ]);
    expect(await run(journal, await catalogKeys(file, 's'))).toMatchObject([{ kept: 2, dropped: 1 }]);
    journal.close();
  });

  it('refuses where no catalog was ever seen, and has changed nothing', async () => {
    const journal = await storeFiles(root, VERSIONS);
    const before = journal.filesOf(KEY);
    await expect(run(journal, journalKeys(journal))).rejects.toMatchObject({
      code: 'compact.key_unknown',
      message: 'no catalog has named a key for a',
    });
    expect(journal.filesOf(KEY)).toEqual(before);
    journal.close();
  });
});
