import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Kind, Names } from './names.ts';

/** A file of a new connector. */
export interface NewFile {
  /** Path within the connector's folder, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

/** The root of the package: one level above `src` as well as `dist`. */
const PACKAGE = new URL('../', import.meta.url);

/**
 * The files of a new connector. The templates are working connectors named acme, which the repository compiles and
 * lints. Generating replaces that name in every spelling.
 */
export function filesOf(kind: Kind, names: Names): NewFile[] {
  return [...partOf('shared', names), ...partOf(kind, names)];
}

function partOf(part: Kind | 'shared', names: Names): NewFile[] {
  const root = fileURLToPath(new URL(`template/${part}/`, PACKAGE));
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const from = join(entry.parentPath, entry.name);
      const path = renamed(from.slice(root.length).split(sep).join('/'), names);
      const text = renamed(readFileSync(from, 'utf8'), names);
      return {
        path: UNDERSCORED[path] ?? path,
        text: path === 'package.json' ? withVersion(text) : text.replace(NO_ID, randomUUID()),
        // npm keeps the executable bit only for files listed as `bin`.
        mode: path.startsWith('bin/') ? 0o755 : 0o644,
      };
    });
}

/** npm drops .gitignore from packages, and biome rejects a second biome.json in the repository. */
const UNDERSCORED: Readonly<Record<string, string>> = {
  _gitignore: '.gitignore',
  '_biome.json': 'biome.json',
};

/** Placeholder in metadata.yaml. Each connector gets its own id. */
const NO_ID = '00000000-0000-4000-8000-000000000000';

/** Replaces in one pass, because the new name may itself contain "acme". */
function renamed(text: string, names: Names): string {
  return text.replace(
    /acme-(?:source|destination)|ACME(?=_)|[Aa]cme(?=[A-Z])|[Aa]cme/g,
    (word, at: number) => {
      if (word.includes('-')) return names.connector;
      if (word === 'ACME') return names.constant;
      const inName = /[A-Z]/.test(text[at + word.length] ?? '');
      if (word === 'Acme') return inName ? names.pascal : names.title;
      return inName ? names.camel : names.vendor;
    },
  );
}

/** The SDK has the same version as the generator: all packages share one. */
function withVersion(text: string): string {
  const { version } = JSON.parse(readFileSync(new URL('package.json', PACKAGE), 'utf8')) as {
    version: string;
  };
  return text.replace(/("@headrace\/sdk": ")[^"]*/, `$1${version}`);
}
