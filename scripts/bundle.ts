import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

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

/** What came of `bundle`. */
export interface Bundled {
  readonly files: readonly string[];
  /** The files that stand in it, as paths. */
  readonly sources: readonly string[];
  /** Comments on licences that stood in them. */
  readonly notices: readonly string[];
}

/**
 * Bundles programs with everything that they import (`external` aside), so that they need nothing but Node.
 * Split: what a command does not need is not loaded at its start; `spec` loads neither zod nor undici.
 * @param programs their files; each becomes `<name>.js` of the folder
 * @param banner more at the beginning of each file
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
    // Flat: a thread's file is looked for beside the program's, wherever the two were.
    entryNames: '[name]',
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    conditions: ['headrace:source'],
    external: [...external],
    // CommonJS packages (pino, ajv, commander) ask for Node's own modules through require.
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

/** A file that is what it should be is not touched: a program that is just being started may read it. */
export function writeChanged(path: string, contents: Uint8Array): void {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
}
