import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type Installed, install } from './installed.ts';

let installed: Installed;
beforeAll(() => {
  installed = install();
}, 300_000);
afterAll(() => installed?.remove());

/** A number from the summary of node:test. */
const counted = (said: string, what: string): number =>
  Number(new RegExp(`^ℹ ${what} (\\d+)$`, 'm').exec(said)?.[1] ?? Number.NaN);

// Concurrent, because the suite mostly waits.
describe.concurrent.each(['source', 'destination'] as const)(
  'a new %s, with the SDK from its package',
  (kind) => {
    it('passes its own tests as generated: build, types, conformance', {
      timeout: 240_000,
    }, async ({ expect }) => {
      const folder = installed.create(kind, 'my-crm');
      const spec = readFileSync(join(folder, 'spec.json'), 'utf8');
      const { code, said } = await installed.shell('npm test', folder);
      expect(code, said).toBe(0);
      expect(counted(said, 'fail')).toBe(0);
      expect(counted(said, 'pass')).toBeGreaterThan(20);
      expect(readFileSync(join(folder, 'spec.json'), 'utf8')).toBe(spec);
    });

    it('follows its own style rules', async ({ expect }) => {
      const folder = installed.create(kind, `my-${kind === 'source' ? 'shop' : 'store'}`);
      const { code, said } = await installed.shell('npx biome check --error-on-warnings', folder);
      expect(code, said).toBe(0);
    });

    it('bundles without warnings, and answers', async ({ expect }) => {
      const folder = installed.create(kind, 'my-erp');
      const { code, said, stdout } = await installed.shell(
        `node build.ts && bin/my-erp-${kind} spec`,
        folder,
      );
      expect(code, said).toBe(0);
      expect(said).toBe(stdout);
      expect(JSON.parse(stdout)).toMatchObject({ type: 'SPEC' });
    });
  },
);
