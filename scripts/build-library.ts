/**
 * Builds the library in the current folder: compiles its sources into dist/, file by file, with types. It is not
 * bundled, so that a connector's bundler can leave out unused modules.
 */
import { execFileSync } from 'node:child_process';
import { globSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeLicences } from './licences.ts';

rmSync('dist', { recursive: true, force: true });
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
writeLicences(globSync('dist/**/*.js').map((file) => resolve(file)));
