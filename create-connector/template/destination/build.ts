// `npm run build`: writes spec.json from the config's schema, and dist/, which needs nothing but Node.
import { rmSync, writeFileSync } from 'node:fs';
import { destinationSpec } from '@headrace/sdk/spec';
import { build } from 'esbuild';
import destination from './src/destination.ts';

writeFileSync('spec.json', `${JSON.stringify(destinationSpec(destination), null, 2)}\n`);
rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: ['src/main.ts'],
  outdir: 'dist',
  bundle: true,
  // What a command does not need stays out of its start: `spec` answers in the time that Node takes.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  // Some packages of the SDK are CommonJS and ask for Node's modules through require.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  legalComments: 'linked',
  logLevel: 'warning',
});
