import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findConnector } from './find.ts';

function folder() {
  const at = realpathSync(mkdtempSync(join(tmpdir(), 'headrace-find-')));
  onTestFinished(() => rmSync(at, { recursive: true, force: true }));
  const put = (name: string, text = '#!/bin/sh\n', mode = 0o755) => {
    mkdirSync(join(at, name, '..'), { recursive: true });
    writeFileSync(join(at, name), text);
    chmodSync(join(at, name), mode);
    return join(at, name);
  };
  return { at, put };
}

test('a path, then an image, then a bin of an installed package, then the PATH', () => {
  const { at, put } = folder();
  put('.git/HEAD');
  const bin = put('node_modules/.bin/my-source');
  const onPath = put('path/my-source');
  const env = { PATH: `relative:${join(at, 'path')}` };
  const sub = join(at, 'jobs', 'deep');
  mkdirSync(sub, { recursive: true });
  expect(findConnector('docker://acme/jira:1.2', sub, env)).toEqual({
    kind: 'image',
    image: 'acme/jira:1.2',
  });
  expect(findConnector('my-source', sub, env)).toMatchObject({ command: bin, path: bin });
  rmSync(bin);
  expect(findConnector('my-source', sub, env)).toMatchObject({ command: onPath });
  const here = put('jobs/deep/my-source');
  expect(findConnector('my-source', sub, env)).toMatchObject({ command: here });
  expect(findConnector('../deep/my-source', sub, env)).toMatchObject({ command: here });
});

describe('what was planted in a folder above is not run', () => {
  const planted = (signs: readonly string[]) => {
    const { at, put } = folder();
    put('node_modules/.bin/my-source');
    put('repo/node_modules/.bin/other-source');
    for (const sign of signs) put(sign, sign.endsWith('.json') ? '{"workspaces":["*"]}' : '');
    mkdirSync(join(at, 'repo/jobs'), { recursive: true });
    const find = (name: string) => {
      try {
        const found = findConnector(name, join(at, 'repo/jobs'), {});
        return found.kind === 'program' && found.path.slice(at.length + 1);
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    return [find('my-source'), find('other-source')];
  };
  const NOT = 'connector.not_found';
  const OTHER = 'repo/node_modules/.bin/other-source';

  test.each([
    ['no sign: the folder of the jobs file alone', [], [NOT, NOT]],
    ['a repository', ['repo/.git/HEAD'], [NOT, OTHER]],
    ['a worktree or submodule, whose .git is a file', ['repo/.git'], [NOT, OTHER]],
    ['a workspace', ['repo/package.json'], [NOT, OTHER]],
    [
      'a workspace in a repository',
      ['repo/package.json', '.git/HEAD'],
      ['node_modules/.bin/my-source', OTHER],
    ],
    ['a repository of the jobs alone', ['repo/jobs/.git/HEAD', 'package.json'], [NOT, NOT]],
  ])('%s', (_, signs, found) => {
    expect(planted(signs)).toEqual(found);
  });
});

test('an image or a volume that looks like an option of docker is none', () => {
  for (const image of ['--privileged', '-v/:/host', '', 'a b', 'a\nb'])
    expect(() => findConnector(`docker://${image}`, '/', {})).toThrow(
      expect.objectContaining({ code: 'connector.bad_image' }),
    );
});

test('a script of Node is started by the Node that runs us, through its links', () => {
  const { at, put } = folder();
  const script = put('pkg/bin/x-source', '#!/usr/bin/env node\n');
  mkdirSync(join(at, 'node_modules/.bin'), { recursive: true });
  symlinkSync(script, join(at, 'node_modules/.bin/x-source'));
  expect(findConnector('x-source', at, {})).toEqual({
    kind: 'program',
    path: script,
    command: process.execPath,
    args: [script],
    warning: undefined,
  });
  put('flags', '#!/usr/bin/env -S node --no-warnings\n');
  expect(findConnector('./flags', at, {})).toMatchObject({ command: join(at, 'flags'), args: [] });
});

test('what cannot be started is said, with what was probably meant', () => {
  const { at, put } = folder();
  put('node_modules/.bin/jira-source');
  put('plain', 'text', 0o644);
  expect(() => findConnector('jria-source', at, {})).toThrow(
    expect.objectContaining({ code: 'connector.not_found', hint: 'did you mean jira-source?' }),
  );
  expect(() => findConnector('./nowhere', at, {})).toThrow('there is no file ./nowhere');
  expect(() => findConnector('./plain', at, {})).toThrow(
    expect.objectContaining({ code: 'connector.not_executable', hint: 'chmod +x ./plain' }),
  );
});
