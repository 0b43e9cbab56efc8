import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { check } from '../template/destination/src/check.ts';
import { acmeWriter } from '../template/destination/src/writer.ts';

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

it('a new destination writes to folders alone, and makes none of a strange name', async () => {
  for (const path of ['s3://acme-lake/x', 'gs://x', '~/records', 'file:///x', '${HOME}/x']) {
    const config = { path, commit_seconds: 1 };
    await expect(check(config)).rejects.toMatchObject({ code: 'destination.no_path' });
    expect(() => acmeWriter(config)).toThrow(/is a URL|home folder|variable/);
    expect(existsSync(path)).toBe(false);
  }
  const folder = mkdtempSync(join(tmpdir(), 'headrace-template-'));
  await check({ path: join(folder, 'records'), commit_seconds: 1 });
  rmSync(folder, { recursive: true });
});
