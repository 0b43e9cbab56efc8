import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { removeLeftovers, replaceFile, replaceFileSync } from './replace-file.ts';

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

describe.each([
  ['replaceFile', replaceFile],
  [
    'replaceFileSync',
    async (...[path, content, options]: Parameters<typeof replaceFile>) =>
      replaceFileSync(path, Buffer.from(content), options),
  ],
])('%s', (_, replace) => {
  it('creates a private file, then replaces it, and leaves nothing else', async () => {
    const folder = makeFolder();
    const path = join(folder, 'state.json');
    await replace(path, 'größe');
    expect([readFileSync(path, 'utf8'), modeOf(path)]).toEqual(['größe', '600']);
    await replace(path, '');
    expect([readFileSync(path, 'utf8'), readdirSync(folder)]).toEqual(['', ['state.json']]);
  });

  it.each(['600', '640', '664', '444', '2770'])(
    'gives it the mode %s, whatever the umask is',
    async (mode) => {
      const umask = process.umask(0o077);
      onTestFinished(() => void process.umask(umask));
      const path = join(makeFolder(), 'state.json');
      await replace(path, 'new', { mode: Number.parseInt(mode, 8) });
      expect(modeOf(path)).toBe(mode);
    },
  );

  it.runIf(process.getuid?.() === 0)('gives it an owner, and the mode is still complete', async () => {
    const path = join(makeFolder(), 'state.json');
    await replace(path, 'new', { mode: 0o4755, owner: { uid: 12_345, gid: 54_321 } });
    expect([statSync(path).uid, statSync(path).gid, modeOf(path)]).toEqual([12_345, 54_321, '4755']);
  });

  it('replaces a link and does not touch the file that it points to', async () => {
    const folder = makeFolder();
    const elsewhere = join(folder, 'elsewhere');
    writeFileSync(elsewhere, 'kept');
    symlinkSync(elsewhere, join(folder, 'link'));
    await replace(join(folder, 'link'), 'new');
    expect([readFileSync(elsewhere, 'utf8'), lstatSync(join(folder, 'link')).isFile()]).toEqual([
      'kept',
      true,
    ]);
  });

  it('removes the temporary file if it fails', async () => {
    const folder = makeFolder();
    // A folder that is not empty cannot be replaced by a file.
    mkdirSync(join(folder, 'taken', 'in'), { recursive: true });
    await expect(replace(join(folder, 'taken'), 'new')).rejects.toMatchObject({ syscall: 'rename' });
    expect(readdirSync(folder)).toEqual(['taken']);
    await expect(replace(join(folder, 'gone', 'file'), 'new')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

it('removes the temporary files of one file and no others', () => {
  const folder = makeFolder();
  const kept = [
    't.json',
    'other.json.0123456789abcdef.new',
    't.json.old.new',
    't.json.0123.new',
    't.jsonx.new',
  ];
  const left = ['t.json.new', 't.json.0123456789abcdef.new'];
  for (const name of [...kept, ...left]) writeFileSync(join(folder, name), '');
  removeLeftovers(join(folder, 't.json'));
  expect(readdirSync(folder).sort()).toEqual([...kept].sort());
  expect(existsSync(join(folder, 't.json'))).toBe(true);
});
