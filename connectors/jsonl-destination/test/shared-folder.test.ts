import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { insidePath } from '../src/disk/inside.ts';
import { Journal } from '../src/journal/journal.ts';
import { journalPath } from '../src/journal/journal-file.ts';
import { refuseLosses } from '../src/repair/losses.ts';
import { repair } from '../src/repair/repair.ts';
import { compact } from '../src/rewrite/compact.ts';
import { type Problem, verify } from '../src/verify/verify.ts';
import { settingsOf, writeStreams } from './run.ts';
import { env } from './store.ts';
import { dataFiles, storedLines } from './stored.ts';

let folder = '';
let root = '';
let outside = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headrace-shared-'));
  root = join(folder, 'bronze');
  outside = join(folder, 'outside');
  writeFileSync(outside, 'of somebody else');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (text: string, given = {}) => writeStreams(root, { a: [`{"k":"${text}"}`] }, given);
const intact = () => expect(readFileSync(outside, 'utf8')).toBe('of somebody else');
const firstFile = () => join(root, dataFiles(root)[0]!);

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function problems(): Promise<Problem[]> {
  const journal = (await Journal.openExisting(root))!;
  const found: Problem[] = [];
  await verify({ root, journal, source: 's', report: (problem) => found.push(problem) });
  journal.close();
  return found;
}

describe('what others may have put into a shared folder', () => {
  it('links under the names that older versions gave to temporary files are not followed', async () => {
    mkdirSync(join(root, '_headrace/locks'), { recursive: true });
    const planted = ['manifest.parquet', 'cursors.parquet', '_headrace/locks/s.owner.json'];
    for (const name of planted) for (const end of ['', '.new']) symlinkSync(outside, join(root, name + end));
    await write('1');
    intact();
    for (const name of planted) expect(lstatSync(join(root, name)).isFile(), name).toBe(true);
    expect(await problems()).toEqual([]);
    const names = readdirSync(root, { recursive: true }).map(String);
    expect(names.filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  it.each([
    ['_headrace', '_headrace'],
    ['_headrace/locks', '_headrace/locks'],
    ['the source', 's'],
    ['a stream', 's/a'],
    ['a day', 's/a/2026/11'],
  ])('the folder of %s is not followed if it is a link', async (_, name) => {
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    mkdirSync(dirname(join(root, name)), { recursive: true });
    symlinkSync(elsewhere, join(root, name));
    await expect(write('1')).rejects.toMatchObject({ code: 'destination.not_regular' });
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  it('what was written is not looked for behind a link: by a write, by compact, by verify', async () => {
    await write('1');
    await write('2', { run_id: 'second' });
    renameSync(join(root, 's/a'), join(folder, 'elsewhere'));
    symlinkSync(join(folder, 'elsewhere'), join(root, 's/a'));
    const lines = () => storedLines(join(folder, 'elsewhere')).length;
    await expect(write('3')).rejects.toMatchObject({ code: 'destination.not_regular' });
    const journal = (await Journal.openExisting(root))!;
    const task = { root, journal, env, config: settingsOf(root), source: 's', runId: 'c' };
    await expect(all(compact(task))).rejects.toMatchObject({ code: 'destination.not_regular' });
    journal.close();
    expect((await problems()).map(({ code }) => code)).toEqual(['damaged', 'damaged']);
    expect(lines()).toBe(2);
  });

  it('a data file that has become a link, a pipe or a folder is damage, and hangs nobody', async () => {
    await write('1');
    const file = firstFile();
    const content = readFileSync(file);
    const put: Array<() => void> = [
      () => {
        writeFileSync(outside, content);
        symlinkSync(outside, file);
      },
      () => spawnSync('mkfifo', [file]),
      () => mkdirSync(file),
    ];
    for (const one of put) {
      rmSync(file, { recursive: true, force: true });
      one();
      expect(await problems()).toMatchObject([{ code: 'damaged' }]);
    }
  });

  it.each(['journal.sqlite', 'locks/s.lock'])('%s is neither a link nor a pipe', async (name) => {
    const file = join(root, '_headrace', name);
    for (const put of [() => symlinkSync(outside, file), () => spawnSync('mkfifo', [file])]) {
      mkdirSync(dirname(file), { recursive: true });
      put();
      await expect(write('1')).rejects.toMatchObject({ code: 'destination.not_regular' });
      intact();
      rmSync(root, { recursive: true });
    }
  });

  it('a manifest that is a pipe is told, and replaced by the next run', async () => {
    await write('1');
    rmSync(join(root, 'manifest.parquet'));
    spawnSync('mkfifo', [join(root, 'manifest.parquet')]);
    expect(await problems()).toMatchObject([
      { code: 'manifest', what: expect.stringContaining('named pipe') },
    ]);
    await write('2', { run_id: 'second' });
    expect(await problems()).toEqual([]);
  });
});

describe('a journal that somebody has changed', () => {
  const inFolder = 's/a/2026/11/20/x-00001.jsonl';
  it.each([
    '../outside.jsonl',
    's/../../outside.jsonl',
    '/etc/outside.jsonl',
    'C:/outside.jsonl',
    's\\..\\outside.jsonl',
    's//a.jsonl',
    './a.jsonl',
    's/a\0.jsonl',
    '_headrace/x.jsonl',
    '_headrace/journal.sqlite',
    'manifest.parquet',
    's/a/notes.txt',
    '',
  ])('%j is no path of ours', (path) => {
    expect(() => insidePath(path)).toThrow(expect.objectContaining({ code: 'journal.outside' }));
  });
  it('ours are', () => {
    for (const path of [inFolder, `${inFolder}.gz`, '_quarantine/s/a/x.jsonl', 's/a.b/x.jsonl.zst'])
      expect(insidePath(path)).toBe(path);
  });

  it.each(['open', 'held', 'closing', 'removing', 'flat', 'closed'])(
    'does not make us touch what lies outside: %s',
    async (status) => {
      await write('1');
      const target = join(folder, 'outside.jsonl');
      writeFileSync(target, 'of somebody else');
      writeFileSync(`${target}.open`, 'of somebody else');
      const journal = (await Journal.openExisting(root))!;
      const size = status === 'open' ? 0 : 3;
      journal.run(
        `update files set path = '../outside.jsonl', status = ?, compressed_bytes = ?`,
        status,
        size,
      );
      const refused = { code: 'journal.outside' };
      if (status === 'closed') {
        const task = { root, journal, env, config: settingsOf(root), source: 's', runId: 'c' };
        await expect(all(compact(task))).rejects.toMatchObject(refused);
        await expect(problems()).rejects.toMatchObject(refused);
      } else {
        await expect(repair(root, journal, 's', env)).rejects.toMatchObject(refused);
        await expect(refuseLosses(root, journal, 's')).rejects.toMatchObject(refused);
      }
      journal.close();
      expect(readFileSync(target, 'utf8')).toBe('of somebody else');
      expect(existsSync(`${target}.open`)).toBe(true);
    },
  );
});

describe('permissions', () => {
  const modes = () => {
    const found = new Map<string, Set<string>>();
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      const kind = entry.isDirectory() ? 'folders' : 'files';
      const mode = (statSync(join(entry.parentPath, entry.name)).mode & 0o7777).toString(8);
      found.set(kind, (found.get(kind) ?? new Set()).add(mode));
    }
    return { folders: [...found.get('folders')!], files: [...found.get('files')!] };
  };
  const all = { compression: 'zstd', max_file_mb: 0.000_1 } as const;

  it('are for the owner alone, whatever the umask', async () => {
    await writeStreams(root, { a: ['{"k":1}'], b: ['1'] }, all);
    expect(modes()).toEqual({ folders: ['700'], files: ['600'] });
    expect(statSync(root).mode & 0o7777).toBe(0o700);
  });

  it('are for a group where the folder is shared, and what is there keeps its own', async () => {
    const journalMode = () => statSync(journalPath(root)).mode & 0o777;
    await writeStreams(root, { a: ['{"k":1}'], b: ['1'] }, { ...all, folder_mode: '2770' });
    expect(modes()).toEqual({ folders: ['2770'], files: ['660'] });
    await writeStreams(root, { c: ['{"k":1}'] }, { run_id: 'second' });
    expect(journalMode()).toBe(0o660);
    expect(statSync(join(root, 's/c')).mode & 0o777).toBe(0o700);
    expect(statSync(join(root, 's/a')).mode & 0o777).toBe(0o770);
  });
});
