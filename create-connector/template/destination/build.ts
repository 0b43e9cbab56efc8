// `npm run build` writes spec.json from the config's schema, and dist/, which needs only Node.
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
  // Commands load only the code that they need, so `spec` answers as fast as Node starts.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  // Some of the SDK's packages are CommonJS and load Node's modules with require.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  legalComments: 'linked',
  logLevel: 'warning',
});
