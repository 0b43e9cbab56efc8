/** The licences of what a bundle holds of others, as one text that goes into the package beside it. */
import { Buffer } from 'node:buffer';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeChanged } from './bundle.ts';

/** The file's name in every package. */
export const LICENCES = 'THIRD-PARTY-LICENSES.txt';

/** Something of somebody else's, and the texts that its licence wants to go with it. */
interface Part {
  /** With its version, where it has one. */
  readonly name: string;
  /** As its package names it: `MIT`. */
  readonly licence: string;
  readonly texts: readonly string[];
}

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * What stands in files of ours, or of a package, and is somebody else's: no package.json names it.
 * Where a licence is not at hand the build must fail, so they are read from where it is installed or kept.
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

/** Puts our licence, and those of what a bundle holds besides, into the package in the current folder. */
export function writeLicences(files: Iterable<string>, notices: readonly string[] = []): void {
  writeChanged('LICENSE', readFileSync(join(root, 'LICENSE')));
  const text = licencesOf(files, notices);
  if (text === undefined) return;
  writeChanged(LICENCES, Buffer.from(text));
  const { files: packed } = JSON.parse(read('package.json')) as { files: string[] };
  if (!packed.includes(LICENCES)) throw new Error(`package.json › files: ${LICENCES} is missing`);
}

/**
 * The text, or undefined where nothing in it is somebody else's.
 * @param files what the bundle is made of, as paths
 * @param notices comments on licences that stood in them
 * @throws Error for a package whose licence is not known, or has no text
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

/** The folder of the package of `node_modules` that a file belongs to; undefined: it is ours. */
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
      `${name}@${version} is bundled, and ${texts.length === 0 ? 'has no licence text' : 'names no licence'}: put it into scripts/licences.ts`,
    );
  return { name: `${name}@${version}`, licence: license, texts };
}

/** The texts of a package's licence, its notices among them. */
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
