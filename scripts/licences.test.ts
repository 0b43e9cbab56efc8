import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { LICENCES, licencesOf } from './licences.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'headrace-licences-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, text: string): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function library(path: string, manifest: object, licence?: string): string {
  put(`${path}/package.json`, JSON.stringify(manifest));
  if (licence !== undefined) put(`${path}/LICENSE.md`, licence);
  return put(`${path}/esm/index.js`, '');
}

describe('the licences of a bundle', () => {
  it('are those of each package in it, in every version, with their full texts', () => {
    const a = library('node_modules/@x/a', { name: '@x/a', version: '1.0.0', license: 'MIT' }, 'text of a\n');
    put('node_modules/@x/a/NOTICE', 'notice of a\n');
    put('node_modules/@x/a/esm/package.json', '{"type":"module"}');
    const below = 'node_modules/@x/a/node_modules/b';
    const b = library(below, { name: 'b', version: '1.0.0', license: 'ISC' }, 'text of b 1\n');
    const b2 = library('node_modules/b', { name: 'b', version: '2.0.0', license: 'ISC' }, 'text of b 2\n');
    const text = licencesOf([a, b, b2, b2, put('src/own.ts', '')], ['a notice in the code'])!;
    for (const part of ['@x/a@1.0.0  MIT', 'b@1.0.0     ISC', 'b@2.0.0     ISC'])
      expect(text).toContain(`\n${part}\n`);
    for (const part of ['text of a', 'notice of a', 'text of b 1', 'text of b 2', 'a notice in the code'])
      expect(text.split(part)).toHaveLength(2);
  });

  it('are empty if a bundle contains only our own code', () =>
    expect(licencesOf([join(root, 'sdk/src/index.ts')])).toBeUndefined());

  it('must exist', () => {
    const untold = library('node_modules/c', { name: 'c', version: '1.0.0' }, 'text');
    const silent = library('node_modules/d', { name: 'd', version: '1.0.0', license: 'MIT' });
    expect(() => licencesOf([untold])).toThrow('c@1.0.0 names no licence');
    expect(() => licencesOf([silent])).toThrow('d@1.0.0 has no licence text');
  });

  it('include third-party code inside other packages', () => {
    const undici = (file: string): string => join(root, 'node_modules/undici/lib', file);
    const files = ['llhttp/llhttp-wasm.js', 'web/fetch/body.js', 'web/websocket/frame.js'].map(undici);
    const own = ['protocol-schema.ts', 'json-walk-wasm.ts'].map((name) =>
      join(root, 'sdk/src/protocol', name),
    );
    const text = licencesOf([...files, ...own])!;
    for (const whose of [
      'Fedor Indutny',
      'Jimmy Karl Roland Wärting',
      'Einar Otto Stangvik',
      'Airbyte',
      'AssemblyScript',
    ])
      expect(text).toContain(whose);
  });
});

describe('each package, once built', () => {
  const packages = globSync('{sdk,runner,sandbox,create-connector,connectors/*,interop/*}/package.json', {
    cwd: root,
  }).map((file) => dirname(file));

  it.each(packages)('%s contains our licence and the licences of its bundled code', (name) => {
    const read = (file: string): string => readFileSync(join(root, name, file), 'utf8');
    const { files } = JSON.parse(read('package.json')) as { files: string[] };
    expect(read('LICENSE')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'));
    if (name === 'interop/faros') return;
    expect(files).toContain(LICENCES);
    expect(read(LICENCES).length).toBeGreaterThan(1000);
  });
});

it('the lockfile has a checksum for every download, and no download addresses', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { link?: boolean; resolved?: string; integrity?: string }>;
  };
  const fetched = Object.entries(packages).filter(
    ([path, { link }]) => path.includes('node_modules/') && !link,
  );
  expect(fetched.length).toBeGreaterThan(500);
  const isChecked = ({ integrity }: { integrity?: string }): boolean => /^sha512-/.test(integrity ?? '');
  expect(fetched.filter(([, entry]) => !isChecked(entry)).map(([path]) => path)).toEqual([]);
  const places = Object.entries(packages).filter(([, { link, resolved }]) => resolved && !link);
  expect(places.map(([path]) => path)).toEqual([]);
});

it('the lockfile has the packages of every platform, which npm ci requires', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => {
      // Resolve like Node: next to the file, then in each folder above.
      for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
        if (`${at}${at && '/'}node_modules/${name}` in packages) return false;
        if (at === '') return true;
      }
    }),
  );
  expect(missing).toEqual([]);
});
