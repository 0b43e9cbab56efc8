import { globSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Rooms of the SDK, and which others each may import: docs/architecture.md, Who may import whom. */
const ROOMS: Record<string, readonly string[]> = {
  protocol: [],
  files: [],
  runtime: ['protocol', 'spec'],
  spec: ['protocol'],
  http: ['protocol', 'runtime', 'spec'],
  source: ['protocol', 'runtime', 'spec', 'http'],
  destination: ['protocol', 'runtime', 'spec'],
  cli: ['protocol', 'files', 'runtime', 'spec', 'http', 'source', 'destination'],
};
/** A spec is made of a definition, so it knows the types of both kinds. */
const EXCEPTIONS = ['spec/connector-spec.ts → source', 'spec/connector-spec.ts → destination'];

/** Packages, and which of ours each may import. Tests may use the test kit and the sandbox besides. */
const PACKAGES: Record<string, RegExp> = {
  sdk: /^$/,
  sandbox: /^$/,
  'create-connector': /^$/,
  runner: /^(@headrace\/sdk\/(protocol|spec|files)|@headrace\/create-connector)$/,
  connectors: /^@headrace\/sdk(\/\w+)?$/,
  interop: /^@headrace\/sdk(\/\w+)?$/,
};

const CONNECTORS = globSync('*/src', { cwd: join(root, 'connectors') })
  .map(dirname)
  .sort();

const isTest = (file: string): boolean => /\.test(-support)?\.ts$|\.d\.ts$/.test(file);
const sources = (pattern: string, cwd: string): string[] =>
  globSync(pattern, { cwd }).filter((file) => !isTest(file) && !file.includes('node_modules'));
const importsOf = (path: string): string[] =>
  [...readFileSync(path, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, name = '']) => name);

describe('imports go in one direction', () => {
  it('between the rooms of the SDK', () => {
    const sdk = join(root, 'sdk/src');
    const against = sources('*/**/*.ts', sdk).flatMap((file) => {
      const [room = ''] = file.split(sep);
      if (room === 'testing') return [];
      return importsOf(join(sdk, file))
        .filter((name) => name.startsWith('.'))
        .map((name) => join(dirname(file), name).split(sep))
        .filter(([to = '', ...rest]) => rest.length > 0 && to !== room && !ROOMS[room]?.includes(to))
        .map(([to]) => `${file.replaceAll(sep, '/')} → ${to}`);
    });
    expect([...new Set(against)].sort()).toEqual([...EXCEPTIONS].sort());
  });

  it.each(CONNECTORS)('between the rooms of %s: none imports one that imports it', (name) => {
    const folder = join(root, 'connectors', name, 'src');
    // A file at the top is a room of its own.
    const imports = new Map<string, Set<string>>();
    for (const file of sources('**/*.ts', folder)) {
      const [room = ''] = file.split(sep);
      const others = importsOf(join(folder, file))
        .filter((to) => to.startsWith('.'))
        .map((to) => join(dirname(file), to).split(sep)[0] as string)
        .filter((to) => to !== room && to !== '..');
      imports.set(room, new Set([...(imports.get(room) ?? []), ...others]));
    }
    // Take away rooms that import no other, again and again. Rooms in a circle remain.
    for (let size = -1; size !== imports.size; ) {
      size = imports.size;
      for (const [room, others] of imports)
        if ([...others].every((other) => !imports.has(other))) imports.delete(room);
    }
    expect([...imports].map(([room, others]) => `${room} → ${[...others].join(', ')}`)).toEqual([]);
  });

  it('between packages', () => {
    const against = Object.entries(PACKAGES).flatMap(([folder, allowed]) =>
      sources('{,*/}src/**/*.ts', join(root, folder)).flatMap((file) =>
        importsOf(join(root, folder, file))
          .filter((name) => name.startsWith('@headrace/') && !allowed.test(name))
          .map((name) => `${folder}/${file} → ${name}`),
      ),
    );
    expect(against).toEqual([]);
  });
});
