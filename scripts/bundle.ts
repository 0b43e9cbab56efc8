import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** zod's messages in other languages are a third of a connector, load at every start, and are never used. */
const withoutLocales: Plugin = {
  name: 'without-locales',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /locales\/index\.js$/ }, ({ path, importer }) =>
      /[\\/]zod[\\/]/.test(importer) ? { path, namespace: 'without-locales' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'without-locales' }, () => ({ contents: 'export {};' }));
  },
};

/** The result of `bundle`. */
export interface Bundled {
  readonly files: readonly string[];
  /** Paths of the bundled source files. */
  readonly sources: readonly string[];
  /** Licence comments found in them. */
  readonly notices: readonly string[];
}

/**
 * Bundles programs with everything they import (except `external`), so that they need only Node. Code splitting loads
 * code only when a command needs it: `spec` loads neither zod nor undici.
 * @param programs the entry files; each becomes `<name>.js` in the folder
 * @param banner additional text at the start of each file
 */
export async function bundle(
  programs: readonly string[],
  outdir: string,
  { external = [], banner = '' }: { external?: readonly string[]; banner?: string } = {},
): Promise<Bundled> {
  const { outputFiles, metafile } = await build({
    write: false,
    metafile: true,
    entryPoints: [...programs],
    // No subfolders, because a program looks for its thread's file in its own folder.
    entryNames: '[name]',
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    conditions: ['headrace:source'],
    external: [...external],
    // CommonJS packages (pino, ajv, commander) load Node's modules with require.
    banner: {
      js: `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);${banner}`,
    },
    plugins: [withoutLocales],
    legalComments: 'external',
    logLevel: 'warning',
  });
  const isNotice = ({ path }: { path: string }): boolean => path.endsWith('.LEGAL.txt');
  const files = outputFiles.filter((file) => !isNotice(file));
  for (const { path, contents } of files) writeChanged(path, contents);
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  return {
    files: files.map(({ path }) => path),
    sources: [
      ...new Set(inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => resolve(path))),
    ],
    notices: outputFiles.filter(isNotice).map(({ text }) => text),
  };
}

/** Does not touch a file that already has these contents, because a starting program may be reading it. */
export function writeChanged(path: string, contents: Uint8Array): void {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
}
