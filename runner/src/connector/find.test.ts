import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
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
  const bin = put('node_modules/.bin/my-source');
  const onPath = put('path/my-source');
  const env = { PATH: join(at, 'path') };
  const sub = join(at, 'jobs', 'deep');
  mkdirSync(sub, { recursive: true });
  expect(findConnector('docker://acme/jira:1.2', sub, env)).toEqual({
    kind: 'image',
    image: 'acme/jira:1.2',
  });
  expect(findConnector('my-source', sub, env)).toMatchObject({ command: bin });
  rmSync(bin);
  expect(findConnector('my-source', sub, env)).toMatchObject({ command: onPath });
  const here = put('jobs/deep/my-source');
  expect(findConnector('my-source', sub, env)).toMatchObject({ command: here });
  expect(findConnector('../deep/my-source', sub, env)).toMatchObject({ command: here });
});

test('a script of Node is started by the Node that runs us, through its links', () => {
  const { at, put } = folder();
  const script = put('pkg/bin/x-source', '#!/usr/bin/env node\n');
  mkdirSync(join(at, 'node_modules/.bin'), { recursive: true });
  symlinkSync(script, join(at, 'node_modules/.bin/x-source'));
  expect(findConnector('x-source', at, {})).toEqual({
    kind: 'program',
    command: process.execPath,
    args: [script],
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
