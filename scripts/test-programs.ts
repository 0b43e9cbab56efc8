/**
 * Runs before all tests (vitest's globalSetup): bundles the programs that tests start often. Starting them from the
 * sources loads about a hundred modules and takes two to three times as long.
 */
import { Buffer } from 'node:buffer';
import { globSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle, writeChanged } from './bundle.ts';

const folder = fileURLToPath(new URL('../node_modules/.cache/test-programs', import.meta.url));
const DAY_MS = 86_400_000;
const jira = new URL('../connectors/jira-source/src/main.ts', import.meta.url);
const jsonl = new URL('../connectors/jsonl-destination/test/driver.ts', import.meta.url);
const hashing = new URL('../connectors/jsonl-destination/src/hash-worker.ts', import.meta.url);
const reference = new URL('../sdk/test/reference-source/main.ts', import.meta.url);
const tracker = new URL('../interop/faros/test/tracker/main.ts', import.meta.url);
const cdkTracker = new URL('../interop/faros/test/tracker/cdk-main.ts', import.meta.url);

export default async function bundlePrograms(): Promise<void> {
  // Node needs `type`. The name and version are for faros-airbyte-cdk, which reads the package.json in the folder
  // above.
  const manifest = '{ "name": "test-programs", "version": "0.0.0", "type": "module" }';
  writeChanged(join(folder, 'package.json'), Buffer.from(manifest));
  const make = async (name: string, mains: readonly URL[], banner?: string): Promise<readonly string[]> => {
    const programs = mains.map((main) => fileURLToPath(main));
    return (await bundle(programs, join(folder, name), { banner })).files;
  };
  const made = await Promise.all([
    make('jira-source', [jira]),
    make('jsonl-destination', [jsonl, hashing]),
    make('reference-source', [reference]),
    make('tracker', [tracker, cdkTracker], ' const __dirname = import.meta.dirname;'),
  ]);
  removeOld(new Set(made.flat()));
}

/** Removes old bundles once no running test can still use them. */
function removeOld(kept: ReadonlySet<string>): void {
  for (const file of globSync('*/*', { cwd: folder }).map((name) => join(folder, name)))
    if (!kept.has(file) && Date.now() - statSync(file).mtimeMs > DAY_MS) rmSync(file, { force: true });
}
