import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isOurs, mustBeSafe } from './trust.ts';

const ROOT = 0;
const isRoot = process.getuid?.() === ROOT;
/** As root we give what is planted to another user; as anybody else we look at our own with another one's eyes. */
const STRANGER = 54_321;
const ME = isRoot ? 12_345 : STRANGER;

function tree() {
  const at = realpathSync(mkdtempSync(join(tmpdir(), 'headrace-trust-')));
  onTestFinished(() => rmSync(at, { recursive: true, force: true }));
  chmodSync(at, 0o755);
  for (const folder of ['repo', 'repo/node_modules', 'repo/node_modules/.bin', 'repo/pkg', 'else'])
    mkdirSync(join(at, folder));
  for (const file of ['repo/pkg/run', 'else/run'])
    writeFileSync(join(at, file), '#!/bin/sh\n', { mode: 0o755 });
  symlinkSync('../../pkg/run', join(at, 'repo/node_modules/.bin/inside'));
  symlinkSync('../../../else/run', join(at, 'repo/node_modules/.bin/outside'));
  symlinkSync('repo/pkg/run', join(at, 'hop'));
  symlinkSync('../../../hop', join(at, 'repo/node_modules/.bin/far'));
  const top = join(at, 'repo');
  const ask = (name: string, user: number | null = process.getuid?.() ?? null) =>
    mustBeSafe(join(at, 'repo/node_modules/.bin', name), top, user);
  return { at, top, ask, path: (name: string) => join(at, name) };
}

const unsafe = (message: string) => expect.objectContaining({ code: 'connector.unsafe', message });

test('a program of ours may be run, through its links', () => {
  const { ask } = tree();
  for (const name of ['inside', 'outside', 'far']) expect(ask(name)).toBeUndefined();
});

test.each([
  ['the file', 'repo/pkg/run', 'inside', 0o757],
  ['its folder', 'repo/pkg', 'inside', 0o777],
  ['the folder of the link', 'repo/node_modules/.bin', 'inside', 0o777],
  ['a folder between it and the root', 'repo/node_modules', 'inside', 0o777],
  ['the root', 'repo', 'inside', 0o777],
  ['the folder a link leads to', 'else', 'outside', 0o777],
  ['a file elsewhere', 'else/run', 'outside', 0o777],
  ['the folder of a link on the way', '.', 'far', 0o777],
])('%s that everybody may write to is refused', (_, place, name, mode) => {
  const { ask, path } = tree();
  chmodSync(path(place), mode);
  expect(() => ask(name)).toThrow(unsafe(expect.stringContaining(`everybody may write to ${path(place)}`)));
  // In a sticky folder only the owner of a file may replace it.
  if (mode === 0o777 && !place.endsWith('run')) {
    chmodSync(path(place), 0o1777);
    expect(ask(name)).toBeUndefined();
  }
});

test.each([
  ['the file', 'repo/pkg/run', 'inside'],
  ['its folder', 'repo/pkg', 'inside'],
  ['the link', 'repo/node_modules/.bin/inside', 'inside'],
  ['the root', 'repo', 'inside'],
  ['what a link leads to', 'else/run', 'outside'],
])('%s of another user is refused; root is told', (_, place, name) => {
  const { ask, path } = tree();
  if (isRoot) lchownSync(path(place), STRANGER, STRANGER);
  expect(() => ask(name, ME)).toThrow(unsafe(expect.stringContaining('belongs to another user')));
  expect(ask(name, ROOT)).toContain('belongs to an ordinary user');
  // Windows has no owners that say anything.
  expect(mustBeSafe(path(place), undefined, null)).toBeUndefined();
});

test('a sign of somebody else says nothing, unless we are root', () => {
  const { path } = tree();
  writeFileSync(path('sign'), '');
  if (isRoot) chownSync(path('sign'), STRANGER, STRANGER);
  expect(isOurs(path('sign'))).toBe(true);
  expect([isOurs(path('sign'), ME === STRANGER ? ME + 1 : ME), isOurs(path('sign'), ROOT)]).toEqual([
    false,
    true,
  ]);
  expect(isOurs(path('nothing'))).toBe(false);
});
