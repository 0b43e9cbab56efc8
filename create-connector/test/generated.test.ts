import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type Installed, install } from './installed.ts';

let installed: Installed;
beforeAll(() => {
  installed = install();
}, 120_000);
afterAll(() => installed?.remove());

/** What node:test counts at its end. */
const counted = (said: string, what: string): number =>
  Number(new RegExp(`^ℹ ${what} (\\d+)$`, 'm').exec(said)?.[1] ?? Number.NaN);

// Side by side: much of what the suite does is wait.
describe.concurrent.each(['source', 'destination'] as const)(
  'a new %s, with the SDK from its package',
  (kind) => {
    it('passes its own tests as generated: it builds, its types hold, it conforms', {
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

    it('is in the style that it brings', async ({ expect }) => {
      const folder = installed.create(kind, `my-${kind === 'source' ? 'shop' : 'store'}`);
      const { code, said } = await installed.shell('npx biome check --error-on-warnings', folder);
      expect(code, said).toBe(0);
    });

    it('bundles without a word of warning, and answers', async ({ expect }) => {
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
