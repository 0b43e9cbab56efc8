import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

function run(...args: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'create-connector-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  // As in CI, stdin is not a terminal, so the program must not ask anything.
  return {
    folder,
    ...spawnSync(process.execPath, [MAIN, ...args], { cwd: folder, encoding: 'utf8', input: '' }),
  };
}

it('creates a connector and prints the next steps', () => {
  const { status, stdout, stderr, folder } = run('source', 'my-crm');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(
    /my-crm-source is in .*\n\nNext:\n {2}cd my-crm-source\n {2}npm install {2}.*“Write a connector”.*\n/,
  );
  expect(existsSync(join(folder, 'my-crm-source/src/api.ts'))).toBe(true);
});

it('accepts an existing folder', () => {
  const { status, stdout, folder } = run('destination', 'my-store', '--dir', '.');
  expect(status).toBe(0);
  expect(stdout).not.toContain('cd ');
  expect(existsSync(join(folder, 'src/store.ts'))).toBe(true);
});

it.each([
  [[], 'say whether to create a source or a destination'],
  [['source'], 'the source needs a name'],
  [['sink', 'x'], 'a connector is a source or a destination, not “sink”'],
  [['source', 'my', 'crm'], '“crm” is too much'],
  [['source', 'x', '--folder', 'y'], '--folder'],
  [['source', 'My CRM'], '“My CRM” cannot be the name of a connector'],
])('rejects %j with a hint, and creates nothing', (args, why) => {
  const { status, stdout, stderr, folder } = run(...args);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain(why);
  expect(stderr).toMatch(/\n {4}→ \w/);
  expect(readdirSync(folder)).toEqual([]);
});

it('prints its version and its help', () => {
  expect(run('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(run('--help').stdout).toContain('npm create @headrace/connector source');
});

it.each(['source', 'destination'])('creates the same %s from the published package', (kind) => {
  const { folder } = run(kind, 'my-crm');
  // Fails if npm leaves a needed file out of the package.
  const tarball = execFileSync('npm', ['pack', PACKAGE, '--silent'], {
    cwd: folder,
    encoding: 'utf8',
  }).trim();
  execFileSync('tar', ['xzf', tarball], { cwd: folder });
  const bin = join(folder, 'package/bin/create-connector');
  const { status, stderr } = spawnSync(bin, [kind, 'my-crm', '--dir', 'published'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  const filesOf = (path: string) => readdirSync(join(folder, path), { recursive: true }).sort();
  expect(filesOf('published')).toEqual(filesOf(`my-crm-${kind}`));
});
