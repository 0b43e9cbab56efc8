/** Collects the licences of the third-party code in a bundle in one text, which ships with the package. */
import { Buffer } from 'node:buffer';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeChanged } from './bundle.ts';

/** The file name in every package. */
export const LICENCES = 'THIRD-PARTY-LICENSES.txt';

/** Third-party code, and the texts that its licence requires us to include. */
interface Part {
  /** With the version, if it has one. */
  readonly name: string;
  /** As named in its package.json: `MIT`. */
  readonly licence: string;
  readonly texts: readonly string[];
}

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Third-party code inside files of ours or of a package, which no package.json names. The texts are read from the
 * installed packages or from our copies, so that the build fails if one is missing.
 */
const WITHIN: ReadonlyArray<Part & { readonly file: RegExp }> = [
  {
    file: /sdk[\\/](src|dist)[\\/]protocol[\\/]protocol-schema\./,
    name: 'airbyte-protocol (the schema of messages)',
    licence: 'MIT',
    texts: [read(join(root, 'specs/source/airbyte_protocol.LICENSE'))],
  },
  {
    file: /sdk[\\/](src|dist)[\\/]protocol[\\/]json-walk-wasm\./,
    name: 'AssemblyScript (the runtime of a compiled module)',
    licence: 'Apache-2.0',
    texts: licenceFiles(join(root, 'node_modules/assemblyscript')),
  },
  {
    file: /undici[\\/]lib[\\/]llhttp[\\/]/,
    name: 'llhttp (in undici)',
    licence: 'MIT',
    texts: [read(join(root, 'scripts/licences/llhttp.txt'))],
  },
  {
    file: /undici[\\/]lib[\\/]web[\\/]fetch[\\/]body\.js$/,
    name: 'formdata-polyfill (in undici)',
    licence: 'MIT',
    texts: [read(join(root, 'scripts/licences/formdata-polyfill.txt'))],
  },
  {
    file: /undici[\\/]lib[\\/]web[\\/]websocket[\\/]frame\.js$/,
    name: 'ws (in undici)',
    licence: 'MIT',
    texts: [read(join(root, 'scripts/licences/ws.txt'))],
  },
];

/** Writes our licence and the licences of the bundled code into the package in the current folder. */
export function writeLicences(files: Iterable<string>, notices: readonly string[] = []): void {
  writeChanged('LICENSE', readFileSync(join(root, 'LICENSE')));
  const text = licencesOf(files, notices);
  if (text === undefined) return;
  writeChanged(LICENCES, Buffer.from(text));
  const { files: packed } = JSON.parse(read('package.json')) as { files: string[] };
  if (!packed.includes(LICENCES)) throw new Error(`package.json › files: ${LICENCES} is missing`);
}

/**
 * The text, or undefined if there is no third-party code.
 * @param files paths of the bundled files
 * @param notices licence comments found in them
 * @throws Error if a package has an unknown licence or no licence text
 */
export function licencesOf(files: Iterable<string>, notices: readonly string[] = []): string | undefined {
  const parts = new Map<string, Part>();
  for (const file of files) {
    const folder = packageOf(file);
    const found = [
      ...(folder === undefined ? [] : [partOf(folder)]),
      ...WITHIN.filter((within) => within.file.test(file)),
    ];
    for (const part of found) parts.set(part.name, part);
  }
  if (parts.size === 0) return undefined;
  return page(
    [...parts.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    notices,
  );
}

/** The `node_modules` folder of the package that a file belongs to, or undefined for our own files. */
function packageOf(file: string): string | undefined {
  const parts = file.split(/[\\/]/);
  const at = parts.lastIndexOf('node_modules');
  if (at === -1) return undefined;
  return parts.slice(0, at + (parts[at + 1]!.startsWith('@') ? 3 : 2)).join(sep);
}

function partOf(folder: string): Part {
  const { name, version, license } = JSON.parse(read(join(folder, 'package.json'))) as {
    name: string;
    version: string;
    license?: unknown;
  };
  const texts = licenceFiles(folder);
  if (typeof license !== 'string' || texts.length === 0)
    throw new Error(
      `the bundled package ${name}@${version} ${texts.length === 0 ? 'has no licence text' : 'names no licence'}; add it to scripts/licences.ts`,
    );
  return { name: `${name}@${version}`, licence: license, texts };
}

/** The licence and notice files of a package. */
function licenceFiles(folder: string): string[] {
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /^(licen[cs]e|copying|notice)([-.].*)?$/i.test(name))
        .sort()
        .map((name) => read(join(folder, name)))
    : [];
}

const RULE = `\n${'='.repeat(80)}\n`;

function page(parts: readonly Part[], notices: readonly string[]): string {
  const widest = Math.max(0, ...parts.map(({ name }) => name.length));
  const texts = [
    `This package holds code of others besides its own (its own: LICENSE).\n\n${parts
      .map(({ name, licence }) => `${name.padEnd(widest)}  ${licence}`)
      .join('\n')}\n`,
    ...parts.map(({ name, licence, texts }) => `${name} (${licence})\n\n${texts.join('\n')}`),
    ...(notices.length > 0 ? [`Notices in their code\n\n${notices.join('\n')}`] : []),
  ];
  return `${texts.map((text) => text.trim()).join(`\n${RULE}\n`)}\n`;
}

function read(file: string): string {
  return readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
}
