/**
 * Before all tests (vitest's globalSetup): bundles what tests start again and again. A start from the sources
 * loads some hundred modules and takes two to three times as long.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.ts';

const folder = fileURLToPath(new URL('../node_modules/.cache/test-programs', import.meta.url));
const jira = new URL('../connectors/jira-source/src/main.ts', import.meta.url);
const jsonl = new URL('../connectors/jsonl-destination/test/driver.ts', import.meta.url);
const hashing = new URL('../connectors/jsonl-destination/src/hash-worker.ts', import.meta.url);
const reference = new URL('../sdk/test/reference-source/main.ts', import.meta.url);
const tracker = new URL('../interop/faros/test/tracker/main.ts', import.meta.url);
const cdkTracker = new URL('../interop/faros/test/tracker/cdk-main.ts', import.meta.url);

export default async function bundlePrograms(): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // Beside what Node wants to know of a module: faros-airbyte-cdk reads the package.json above its own folder.
  writeFileSync(
    join(folder, 'package.json'),
    '{ "name": "test-programs", "version": "0.0.0", "type": "module" }',
  );
  const make = (name: string, mains: readonly URL[], options?: Parameters<typeof bundle>[2]): Promise<void> =>
    bundle(
      mains.map((main) => fileURLToPath(main)),
      join(folder, name),
      options,
    );
  await Promise.all([
    make('jira-source', [jira]),
    make('jsonl-destination', [jsonl, hashing]),
    make('reference-source', [reference]),
    make('tracker', [tracker, cdkTracker], { banner: ' const __dirname = import.meta.dirname;' }),
  ]);
}
