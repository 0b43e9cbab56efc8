/**
 * Builds the package in the current folder: src/main.ts (and src/index.ts where it is exported, and threads) into
 * dist/, with everything they import, `dependencies` aside, and the licences of that beside it.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { bundle } from './bundle.ts';
import { writeLicences } from './licences.ts';

/** What a package needs beside it when it runs, files of its own for instance, is no devDependency. */
const { dependencies = {} } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  dependencies?: Record<string, string>;
};
const entryPoints = ['src/main.ts', 'src/index.ts', ...threads()].filter((file) => existsSync(file));

/** What runs in threads of its own is loaded by name. */
function threads(): string[] {
  return readdirSync('src')
    .filter((name) => name.endsWith('-worker.ts'))
    .map((name) => `src/${name}`);
}

rmSync('dist', { recursive: true, force: true });
const { sources, notices } = await bundle(entryPoints, 'dist', { external: Object.keys(dependencies) });
writeLicences(sources, notices);
