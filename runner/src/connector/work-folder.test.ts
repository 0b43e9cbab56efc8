import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isAlive, openWorkFolder, processName } from './work-folder.ts';

function base(): string {
  const at = mkdtempSync(join(tmpdir(), 'headrace-work-'));
  onTestFinished(() => rmSync(at, { recursive: true, force: true }));
  return join(at, 'work');
}

test('files of mode 0600 in a folder of mode 0700, whatever the umask is, gone after remove', () => {
  const work = openWorkFolder(base(), 1);
  const call = work.call();
  const file = call.write('config.json', '{}');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  for (const path of [work.path, call.path]) expect(statSync(path).mode & 0o777).toBe(0o700);
  // What one call gets, the container of another one does not see.
  const other = work.call();
  expect(other.write('config.json', '{}')).not.toBe(file);
  expect(readdirSync(other.path)).toEqual(['config.json']);
  work.remove();
  expect(existsSync(work.path)).toBe(false);
});

test('what killed processes left is deleted; what a living one uses stays', () => {
  const at = base();
  const { pid } = spawnSync('true');
  const mine = openWorkFolder(at, 1);
  const dead = join(at, `${processName().split('~')[0]}~${pid}~123~5`);
  const reused = join(at, `${processName().split('~').slice(0, 2).join('~')}~1~5`);
  for (const path of [dead, reused]) {
    mkdirSync(path);
    writeFileSync(join(path, 'config.json'), 'secret');
  }
  openWorkFolder(at, 2);
  expect(existsSync(mine.path)).toBe(true);
  expect([existsSync(dead), existsSync(reused)]).toEqual([false, false]);
});

test('what another host left stays for an hour', () => {
  const at = base();
  const now = Date.now();
  for (const [name, age] of [
    ['young~1~1~1', 60],
    ['old~1~1~1', 7200],
  ] as const) {
    mkdirSync(join(at, name), { recursive: true });
    utimesSync(join(at, name), now / 1000 - age, now / 1000 - age);
  }
  openWorkFolder(at, now);
  expect(readdirSync(at).filter((name) => name.endsWith('~1~1~1'))).toEqual(['young~1~1~1']);
});

test('a process is known by its host, its pid and its start', () => {
  expect(isAlive(processName())).toBe(true);
  expect(isAlive(`${processName()}0`)).toBe(false);
  expect(isAlive(processName().replace(/^[^~]+/, 'elsewhere'))).toBe(false);
});
