/**
 * Builds the package in the current folder: bundles src/main.ts, src/index.ts (if it is exported) and threads into
 * dist/, with everything they import except `dependencies`, and adds the licences of the bundled packages.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { bundle } from './bundle.ts';
import { writeLicences } from './licences.ts';

/** A package that needs its own files at run time is listed in `dependencies` and is not bundled. */
const { dependencies = {} } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  dependencies?: Record<string, string>;
};
const entryPoints = ['src/main.ts', 'src/index.ts', ...threads()].filter((file) => existsSync(file));

/** Modules that run in their own thread are loaded by file name. */
function threads(): string[] {
  return readdirSync('src')
    .filter((name) => name.endsWith('-worker.ts'))
    .map((name) => `src/${name}`);
}

rmSync('dist', { recursive: true, force: true });
const { sources, notices } = await bundle(entryPoints, 'dist', { external: Object.keys(dependencies) });
writeLicences(sources, notices);
