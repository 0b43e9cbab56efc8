// `npm run build` writes spec.json from the config's schema, and dist/, which needs only Node.
import { rmSync, writeFileSync } from 'node:fs';
import { sourceSpec } from '@headrace/sdk/spec';
import { build } from 'esbuild';
import source from './src/source.ts';

writeFileSync('spec.json', `${JSON.stringify(sourceSpec(source), null, 2)}\n`);
rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: ['src/main.ts'],
  outdir: 'dist',
  bundle: true,
  // Load code only when a command needs it. This keeps `spec` as fast as Node's own start.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  // Some dependencies of the SDK are CommonJS and use require to load Node's modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  legalComments: 'linked',
  logLevel: 'warning',
});
