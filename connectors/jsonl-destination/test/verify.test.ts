import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Journal } from '../src/journal/journal.ts';
import { cursorsPath, manifestPath, writeTables } from '../src/tables/tables.ts';
import { type Problem, verify } from '../src/verify/verify.ts';
import { KEY, storeFiles } from './store.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'headrace-verify-'));
});
afterEach(() => rmSync(root, { recursive: true }));

async function problems(journal: Journal): Promise<Problem[]> {
  const found: Problem[] = [];
  await verify({ root, journal, source: KEY.source, report: (problem) => found.push(problem) });
  return found;
}

const LINES = [['{"a":1}', '{"a":2}'], ['{"a":3}']];

/** Changes one file of a store on the disk and says what verify finds. */
async function after(
  change: (path: string, journal: Journal) => void,
  compression: 'gzip' | 'zstd' | 'none' = 'gzip',
): Promise<Problem[]> {
  const journal = await storeFiles(root, LINES, { compression });
  expect(await problems(journal)).toEqual([]);
  const [first] = journal.filesOf(KEY);
  change(join(root, first!.path), journal);
  const found = await problems(journal);
  journal.close();
  for (const problem of found) expect(problem.hint).not.toBe('');
  return found.map((problem) => ({ ...problem, path: problem.path.replace(/.*\//, '') }));
}

/** Lets the journal promise what stands there, sums and lengths included: only the lines themselves are wrong. */
function promise(path: string, journal: Journal, content: Buffer, lines: string): void {
  writeFileSync(path, content);
  journal.run(
    `update files set records = ?, bytes = ?, compressed_bytes = ?, sha256 = null
     where id = (select min(id) from files)`,
    lines.split('\n').length - 1,
    Buffer.byteLength(lines),
    content.length,
  );
  journal.transaction(() => writeTables(journal, root));
}

describe('verify finds', () => {
  it('a file that is gone', async () => {
    expect(await after((path) => rmSync(path))).toMatchObject([
      { code: 'missing', path: 'r1-00001.jsonl.gz', what: 'it is gone' },
    ]);
  });

  it('a file that is shorter or longer', async () => {
    const [problem] = await after((path) => truncateSync(path, 10));
    expect(problem).toMatchObject({
      code: 'damaged',
      what: expect.stringMatching(/^it has 10 bytes, the journal/),
    });
    rmSync(root, { recursive: true });
    const [longer] = await after((path) => appendFileSync(path, 'x'));
    expect(longer).toMatchObject({ code: 'damaged', path: 'r1-00001.jsonl.gz' });
  });

  it.each(['gzip', 'zstd', 'none'] as const)('a byte that is another: %s', async (compression) => {
    const found = await after((path) => {
      const bytes = readFileSync(path);
      const at = bytes.length - 6;
      bytes[at] = bytes[at]! ^ 1;
      writeFileSync(path, bytes);
    }, compression);
    expect(found).toMatchObject([{ code: 'damaged' }]);
  });

  it('a byte that is another in a file that waits for the rest of its copy', async () => {
    const found = await after((path, journal) => {
      const bytes = readFileSync(path);
      bytes[bytes.length - 6]! ^= 1;
      writeFileSync(`${path}.open`, bytes);
      rmSync(path);
      journal.run("update files set status = 'held' where id = (select min(id) from files)");
      journal.transaction(() => writeTables(journal, root));
    });
    expect(found).toMatchObject([{ code: 'damaged' }]);
  });

  it('lines that are not what was counted', async () => {
    const content = gzipSync('{"a":1}\n{"a":2}\n{"b":9}\n');
    const found = await after((path, journal) => promise(path, journal, content, '{"a":1}\n{"a":2}\n'));
    expect(found[0]?.what).toBe(
      'it holds 3 records, the journal says 2; it holds 24 bytes of lines, the journal says 16',
    );
  });

  it.each([
    ['no JSON', '{"a":1}\n{"a":\n', 'line 2 is not valid JSON at byte'],
    ['no object', '{"a":1}\n[1]\n', 'line 2 is not a JSON object'],
    ['an empty line', '\n{"a":1}\n', 'line 1 is not a JSON object'],
  ])('a line that is %s', async (_, lines, what) => {
    const found = await after(
      (path, journal) => promise(path, journal, zstdCompressSync(lines), lines),
      'zstd',
    );
    expect(found).toMatchObject([{ code: 'invalid_json', what: expect.stringContaining(what) }]);
  });

  it('a line that is not UTF-8', async () => {
    const content = Buffer.concat([Buffer.from('{"a":1}\n{"a":"'), Buffer.from([0xff]), Buffer.from('"}\n')]);
    const found = await after(
      (path, journal) => promise(path, journal, content, content.toString('latin1').replace('\xff', 'x')),
      'none',
    );
    expect(found).toMatchObject([{ code: 'invalid_json', what: 'line 2 is not UTF-8' }]);
  });

  it('files that the journal does not know, complete or not, quarantined too', async () => {
    const found = await after((path) => {
      writeFileSync(path.replace('r1-', 'r9-'), '');
      writeFileSync(`${path}.open`, '');
      mkdirSync(join(root, '_quarantine/s/a'), { recursive: true });
      writeFileSync(join(root, '_quarantine/s/a/x.jsonl'), '');
      // Not a name of ours, and another source's: nobody asked.
      writeFileSync(join(root, 's/a/notes.txt'), '');
      mkdirSync(join(root, 'other'));
      writeFileSync(join(root, 'other/x.jsonl'), '');
    });
    expect(found.map(({ code, path }) => `${code} ${path}`).sort()).toEqual([
      'orphan r1-00001.jsonl.gz.open',
      'orphan r9-00001.jsonl.gz',
      'orphan x.jsonl',
    ]);
  });

  it('a table that is gone, no table, or says something else', async () => {
    expect(await after(() => rmSync(manifestPath(root)))).toMatchObject([
      { code: 'manifest', what: 'it is gone' },
    ]);
    rmSync(root, { recursive: true });
    const [unreadable] = await after(() => writeFileSync(manifestPath(root), 'PAR1'));
    expect(unreadable?.what).toMatch(/^it cannot be read: /);
    rmSync(root, { recursive: true });
    const [other, another] = await after((_, journal) => {
      journal.run('update files set records = 7 where id = (select min(id) from files)');
      journal.transaction(() => writeTables(journal, root));
      journal.run('update files set records = 2 where id = (select min(id) from files)');
    });
    expect(other?.what).toMatch(/^records of .*r1-00001.jsonl.gz is 7, the journal says 2$/);
    expect(another).toBeUndefined();
    rmSync(root, { recursive: true });
    const journal = await storeFiles(root, LINES);
    const files = journal.filesOf(KEY);
    journal.removeFiles([files[0]!.id]);
    rmSync(join(root, files[0]!.path));
    expect(await problems(journal)).toMatchObject([{ what: expect.stringMatching(/^it names .*r1-00001/) }]);
    journal.transaction(() => writeTables(journal, root));
    expect(await problems(journal)).toEqual([]);
    expect(readFileSync(cursorsPath(root)).subarray(0, 4).toString()).toBe('PAR1');
    journal.close();
  });
});

it('verify reads a growing file as far as it is committed', async () => {
  const journal = await storeFiles(root, [LINES.flat()], { layout: 'flat' });
  appendFileSync(join(root, 's/a.jsonl'), '{"a":4}\n{"a"');
  expect(await problems(journal)).toEqual([]);
  truncateSync(join(root, 's/a.jsonl'), 10);
  expect(await problems(journal)).toMatchObject([
    { code: 'damaged', what: expect.stringContaining('were committed') },
  ]);
  journal.close();
});
