/**
 * Before all tests (vitest's globalSetup): bundles what tests start again and again. A start from the sources
 * loads some hundred modules and takes two to three times as long.
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
  // Beside what Node wants to know of a module: faros-airbyte-cdk reads the package.json above its own folder.
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

/** What older sources were bundled to, once no run can be under way that still starts it. */
function removeOld(kept: ReadonlySet<string>): void {
  for (const file of globSync('*/*', { cwd: folder }).map((name) => join(folder, name)))
    if (!kept.has(file) && Date.now() - statSync(file).mtimeMs > DAY_MS) rmSync(file, { force: true });
}
