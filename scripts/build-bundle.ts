/**
 * Builds the package in the current folder: src/main.ts (and src/index.ts where it is exported, and threads) into
 * dist/, with everything they import (`dependencies` aside), so that the result needs nothing but Node.
 * `--splitting` keeps what a command does not need out of its start: `spec` loads neither zod nor undici.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { build, type Plugin } from 'esbuild';

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

/** zod's messages in all languages: a third of a connector, read at each start, and we use none of them. */
const withoutLocales: Plugin = {
  name: 'without-locales',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /locales\/index\.js$/ }, ({ path, importer }) =>
      /[\\/]zod[\\/]/.test(importer) ? { path, namespace: 'without-locales' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'without-locales' }, () => ({ contents: 'export {};' }));
  },
};

rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints,
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  conditions: ['headrace:source'],
  external: Object.keys(dependencies),
  // CommonJS packages (pino, ajv, commander) ask for Node's own modules through require.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  plugins: [withoutLocales],
  legalComments: 'linked',
  logLevel: 'warning',
});
