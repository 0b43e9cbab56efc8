import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const text = (path: string): string => readFileSync(`${root}${path}`, 'utf8');

interface Manifest {
  engines: { node: string };
  dependencies?: Record<string, string>;
  devDependencies: Record<string, string>;
}
const manifest = (path: string): Manifest => JSON.parse(text(`${path}package.json`)) as Manifest;

describe.each(['source', 'destination'])('the template of a %s', (kind) => {
  const own = manifest(`create-connector/template/${kind}/`);

  it('takes what the repository itself was tested with', () => {
    const known = {
      ...manifest('').devDependencies,
      ...manifest('sdk/').dependencies,
      ...manifest('connectors/jira-source/').devDependencies,
    };
    for (const [name, version] of Object.entries({ ...own.dependencies, ...own.devDependencies }))
      expect(`${name} ${version}`).toBe(`${name} ${known[name]}`);
    expect(own.engines).toEqual(manifest('sdk/').engines);
  });

  it('begins with the launcher that all our programs have', () => {
    expect(text('create-connector/template/shared/bin/acme-source')).toBe(
      text('connectors/jira-source/bin/jira-source'),
    );
    expect(text('create-connector/bin/create-connector')).toBe(
      text('connectors/jira-source/bin/jira-source'),
    );
  });
});
