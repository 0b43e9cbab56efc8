import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../template/destination/src/check.ts';
import { config } from '../template/destination/src/config.ts';
import { acmeStore } from '../template/destination/src/store.ts';
import { tableName } from '../template/destination/src/table-name.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const text = (path: string): string => readFileSync(`${root}${path}`, 'utf8');

interface Manifest {
  engines: { node: string };
  dependencies?: Record<string, string>;
  devDependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
}
const manifest = (path: string): Manifest => JSON.parse(text(`${path}package.json`)) as Manifest;

/** Every page gives the same answer about the Node version. */
const NODE =
  'You need Node 22.20 or newer. Node 20 works too: `npm install` brings a Node 24 that the project then uses (Linux and Windows).';

it.each([
  'README.md',
  'docs/write-a-source.md',
  'create-connector/template/source/README.md',
  'create-connector/template/destination/README.md',
])('%s names the same Node version as package.json', (path) => {
  expect(text(path)).toContain(NODE);
  for (const at of ['', 'sdk/', 'runner/', 'connectors/jira-source/', 'create-connector/'])
    expect(manifest(at).engines.node).toBe('>=22.20');
  for (const [name, version] of Object.entries(
    manifest('create-connector/template/source/').optionalDependencies,
  ))
    expect(`${name} ${version}`).toMatch(/^node-(linux|win)-\w+ 24\./);
});

it('the README and the guide start a connector with the same commands, which work before anything is on npm', () => {
  const begin = /```sh\n(npx headrace new source acme[\s\S]*?)```/;
  const [, guide = ''] = begin.exec(text('docs/write-a-source.md')) ?? [];
  const [, readme] = begin.exec(text('README.md')) ?? [];
  expect(readme).toBe(`${guide}npm test\n`);
});

describe.each(['source', 'destination'])('the template of a %s', (kind) => {
  const own = manifest(`create-connector/template/${kind}/`);

  it('uses the dependency versions that the repository is tested with', () => {
    const known = {
      ...manifest('').devDependencies,
      ...manifest('sdk/').dependencies,
      ...manifest('connectors/jira-source/').devDependencies,
    };
    for (const [name, version] of Object.entries({ ...own.dependencies, ...own.devDependencies }))
      expect(`${name} ${version}`).toBe(`${name} ${known[name]}`);
    expect(own.engines).toEqual(manifest('sdk/').engines);
  });

  it('has the same launcher as all our programs', () => {
    expect(text('create-connector/template/shared/bin/acme-source')).toBe(
      text('connectors/jira-source/bin/jira-source'),
    );
    expect(text('create-connector/bin/create-connector')).toBe(
      text('connectors/jira-source/bin/jira-source'),
    );
  });
});

it('a new destination makes no file of a strange name', async () => {
  const settings = (path: string) => config.parse({ path });
  for (const path of ['s3://acme-lake/x', 'gs://x', '~/records', 'file:///x', '${HOME}/x']) {
    await expect(check(settings(path))).rejects.toMatchObject({ code: 'destination.no_path' });
    expect(() => acmeStore(settings(path))).toThrow(/is a URL|home folder|variable/);
    expect(existsSync(path)).toBe(false);
  }
  const folder = mkdtempSync(join(tmpdir(), 'headrace-template-'));
  const path = join(folder, 'records.sqlite');
  await check(settings(path));
  expect(existsSync(path)).toBe(false);
  rmSync(folder, { recursive: true });
});

it('two streams of a new destination never share a table, whatever they are called', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom('a', 'A', 'a.b', 'sqlite_x', '_', ''),
  );
  const place = fc.record({
    key: fc.record({ source: part, namespace: part, stream: part }),
    beside: fc.option(fc.nat(9), { nil: undefined }),
    quarantine: fc.constant(false),
  });
  fc.assert(
    fc.property(place, place, (one, other) => {
      const [a, b] = [tableName(one), tableName(other)];
      expect(a).not.toMatch(/^sqlite_/i);
      if (JSON.stringify(one) !== JSON.stringify(other)) expect(a.toLowerCase()).not.toBe(b.toLowerCase());
    }),
  );
});
