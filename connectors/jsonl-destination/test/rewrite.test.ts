import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { config, type JsonlConfig } from '../src/config.ts';
import { locate } from '../src/files/locate.ts';
import { StoredFile } from '../src/files/stored-file.ts';
import { Journal } from '../src/journal/journal.ts';
import type { FileRow } from '../src/journal/journal-rows.ts';
import { repair } from '../src/repair/repair.ts';
import { settleFiles } from '../src/repair/settle.ts';
import { type Rewritten, rewrite } from '../src/rewrite/rewrite.ts';
import { SyncLedger } from './power-loss.ts';
import { env, KEY, storeFiles } from './store.ts';
import { storedLines } from './stored.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'headrace-rewrite-'));
});
afterEach(() => rmSync(root, { recursive: true }));

interface Options {
  readonly config?: Partial<JsonlConfig>;
  readonly key?: ReadonlyArray<readonly string[]>;
  readonly cursor?: readonly string[];
  readonly merge?: boolean;
}

async function rewriteAll(journal: Journal, options: Options): Promise<Rewritten> {
  const done = await rewrite({
    root,
    journal,
    env,
    config: config.parse({ path: root, envelope: 'none', ...options.config }),
    runId: 'c1',
    files: journal.filesOf(KEY),
    key: options.key,
    cursor: options.cursor,
    merge: options.merge,
  });
  await settleFiles(root, journal, KEY.source);
  return done;
}

/** The lines of each file in the order of the journal, each file being what the journal says. */
async function stored(journal: Journal): Promise<string[][]> {
  const out: string[][] = [];
  for (const file of journal.filesOf(KEY)) out.push(await linesOf(file));
  return out;
}

async function linesOf(file: FileRow): Promise<string[]> {
  const found = await locate(root, file);
  const reader = new StoredFile(found!.path, file);
  const lines: string[] = [];
  for await (const { bytes, ends } of reader.lines()) {
    lines.push(...ends.map((end, k) => bytes.toString('utf8', k === 0 ? 0 : ends[k - 1]! + 1, end)));
  }
  expect(reader.differences()).toEqual([]);
  return lines;
}

const line = (id: number, cursor: number, pad = ''): string => JSON.stringify({ id, cursor, pad });
const version = { key: [['id']], cursor: ['cursor'] };

describe('a rewrite', () => {
  it('writes only what loses a line again, and keeps the order of all lines', async () => {
    const journal = await storeFiles(root, [
      [line(1, 1), line(2, 1)],
      [line(3, 1)],
      [line(2, 2), line(4, 1)],
    ]);
    const before = journal.filesOf(KEY);
    const done = await rewriteAll(journal, version);
    expect(done).toEqual({ kept: 4, dropped: 1, replaced: 1, by: 1 });
    expect(await stored(journal)).toEqual([[line(1, 1)], [line(3, 1)], [line(2, 2), line(4, 1)]]);
    const after = journal.filesOf(KEY);
    expect(after.slice(1)).toEqual(before.slice(1));
    expect(after[0]).toMatchObject({
      runId: 'c1',
      status: 'closed',
      firstEmittedAt: 1000,
      lastEmittedAt: 2000,
    });
    journal.close();
  });

  it('makes one file of small neighbours, and none of a small one alone', async () => {
    const big = Array.from({ length: 40 }, (_, k) => line(100 + k, 1, 'x'.repeat(100)));
    const files = [[line(1, 1)], [line(2, 1)], big, [line(3, 1)]];
    const settings = { compression: 'none', max_file_mb: 0.005 } as const;
    const journal = await storeFiles(root, files, settings);
    const done = await rewriteAll(journal, { merge: true, config: settings });
    expect(done).toEqual({ kept: 43, dropped: 0, replaced: 2, by: 1 });
    expect(await stored(journal)).toEqual([[line(1, 1), line(2, 1)], big, [line(3, 1)]]);
    expect(await rewriteAll(journal, { merge: true, config: settings })).toMatchObject({ replaced: 0 });
    journal.close();
  });

  it('begins another file where one has its size', async () => {
    const settings = { compression: 'none', max_file_mb: 2 } as const;
    const files = Array.from({ length: 4 }, (_, f) =>
      Array.from({ length: 600 }, (_, k) => line(f * 1000 + k, 1, 'x'.repeat(1000))),
    );
    const journal = await storeFiles(root, files, settings);
    expect(await rewriteAll(journal, { merge: true, config: settings })).toMatchObject({
      replaced: 4,
      by: 2,
    });
    expect((await stored(journal)).flat()).toEqual(files.flat());
    journal.close();
  });

  it('refuses to build on a file that is damaged, and leaves everything as it is', async () => {
    const journal = await storeFiles(root, [[line(1, 1)], [line(1, 2)]]);
    const before = journal.filesOf(KEY);
    journal.run('update files set records = 2 where id = ?', before[1]!.id);
    await expect(rewriteAll(journal, version)).rejects.toMatchObject({ code: 'destination.damaged' });
    journal.run('update files set records = 1 where id = ?', before[1]!.id);
    expect(journal.filesOf(KEY)).toEqual(before);
    expect(readdirSync(root, { recursive: true }).filter((name) => String(name).endsWith('.open'))).toEqual(
      [],
    );
    journal.close();
  });
});

it('survives a loss of power behind its switch', async () => {
  const ledger = new SyncLedger();
  await ledger.listen();
  try {
    const journal = await storeFiles(root, [[line(1, 1), line(2, 1)], [line(1, 2)]]);
    const settings = config.parse({ path: root, envelope: 'none' });
    const files = journal.filesOf(KEY);
    await rewrite({ root, journal, env, config: settings, runId: 'c1', files, ...version, merge: true });
    // Nothing was renamed or removed yet. 0: whatever can vanish does.
    ledger.cutPower(root, `${root}-copy`, () => 0);
    journal.close();
    const after = (await Journal.openExisting(`${root}-copy`))!;
    await repair(`${root}-copy`, after, KEY.source, env);
    expect(storedLines(`${root}-copy`)).toEqual([line(2, 1), line(1, 2)]);
    after.close();
  } finally {
    ledger.stop();
    rmSync(`${root}-copy`, { recursive: true, force: true });
  }
});

/** Which lines stay, worked out on a list. */
function latest(lines: readonly string[]): string[] {
  const parsed = lines.map((text) => JSON.parse(text) as { id: number | null; cursor: number });
  return lines.filter((_, at) => {
    const { id, cursor } = parsed[at]!;
    const newer = parsed.some(
      (other, k) =>
        id !== null && other.id === id && (other.cursor > cursor || (other.cursor === cursor && k > at)),
    );
    return !newer;
  });
}

describe('whatever lies in however many files', () => {
  const anyLine = fc
    .record({
      id: fc.option(fc.integer({ min: 0, max: 8 })),
      cursor: fc.integer({ min: 0, max: 3 }),
      n: fc.nat(3),
    })
    .map((record) => JSON.stringify(record));
  const anyFiles = fc.array(fc.array(anyLine, { minLength: 1, maxLength: 6 }), {
    minLength: 1,
    maxLength: 5,
  });

  for (const compression of ['none', 'gzip', 'zstd'] as const) {
    it(`${compression}: the same lines stay in the same order`, { timeout: 60_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(anyFiles, fc.boolean(), fc.boolean(), async (files, merge, byKey) => {
          const journal = await storeFiles(root, files, { compression });
          try {
            const done = await rewriteAll(journal, {
              merge,
              config: { compression },
              ...(byKey ? version : {}),
            });
            const expected = byKey ? latest(files.flat()) : [...new Set(files.flat())];
            expect((await stored(journal)).flat()).toEqual(expected);
            expect(done).toMatchObject({
              kept: expected.length,
              dropped: files.flat().length - expected.length,
            });
          } finally {
            journal.close();
            rmSync(root, { recursive: true });
          }
        }),
        { numRuns: 5 },
      );
      // For afterEach.
      (await storeFiles(root, [])).close();
    });
  }

  it('flat: the growing file stays one', async () => {
    const lines = [line(1, 1), line(2, 1), line(1, 1), line(2, 2)];
    const journal = await storeFiles(root, [lines], { layout: 'flat' });
    await rewriteAll(journal, { config: { layout: 'flat' } });
    expect(await stored(journal)).toEqual([[lines[0], lines[1], lines[3]]]);
    await rewriteAll(journal, { config: { layout: 'flat' }, ...version });
    expect(await stored(journal)).toEqual([[lines[0], lines[3]]]);
    expect(journal.filesOf(KEY)).toMatchObject([
      { status: 'flat', part: 0, path: 's/a.jsonl', sha256: null },
    ]);
    expect(readdirSync(join(root, 's'))).toEqual(['a.jsonl']);
    journal.close();
  });
});
