/** Builds the library in the current folder: its exports into dist/, its dependencies left outside, with types. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

interface Package {
  exports: Record<string, { 'headrace:source': string }>;
}

const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as Package;

rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: Object.values(exports).map((entry) => entry['headrace:source']),
  outbase: 'src',
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  packages: 'external',
  logLevel: 'warning',
});
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
