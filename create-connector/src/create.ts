import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CreateError, type Kind, namesOf } from './names.ts';
import { filesOf, type NewFile } from './template.ts';

/** Options of `createConnector`. */
export interface NewConnector {
  readonly kind: Kind;
  /** `my-crm` or `my-crm-source`. */
  readonly name: string;
  /** Base of a relative `folder`. */
  readonly cwd: string;
  /** Default: a folder in `cwd` with the connector's name. */
  readonly folder?: string;
}

/** The result of `createConnector`. */
export interface Created {
  /** Including the suffix: `my-crm-source`. */
  readonly name: string;
  /** Absolute path. */
  readonly folder: string;
  /** The written files, relative to the folder, sorted. */
  readonly files: readonly string[];
}

/**
 * Writes a new, working connector with its tests. All files are written to a temporary folder next to the target and
 * then moved, so that a failure leaves nothing behind.
 * @throws CreateError for an invalid name, or if the folder is not empty
 */
export function createConnector({ kind, name, cwd, folder }: NewConnector): Created {
  const names = namesOf(kind, name);
  const target = resolve(cwd, folder ?? names.connector);
  const files = filesOf(kind, names).map((file) =>
    file.path === 'biome.json' ? belowOthers(file, target) : file,
  );
  const wasThere = existsSync(target);
  if (wasThere) refuseFull(target);
  else mkdirSync(dirname(target), { recursive: true });
  // It must be on the same file system as the target, otherwise the move would be a copy.
  const draft = mkdtempSync(join(wasThere ? target : dirname(target), '.create-connector-'));
  try {
    writeAll(join(draft, 'new'), files);
    if (wasThere) moveInto(target, join(draft, 'new'));
    else renameSync(join(draft, 'new'), target);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return { name: names.connector, folder: target, files: files.map(({ path }) => path).sort() };
}

/** If a folder above has a biome.json, the new one must declare that it is not the root. */
function belowOthers(file: NewFile, target: string): NewFile {
  for (let at = dirname(target); ; at = dirname(at)) {
    if (existsSync(join(at, 'biome.json')) || existsSync(join(at, 'biome.jsonc')))
      return { ...file, text: file.text.replace('{', '{\n  "root": false,') };
    if (at === dirname(at)) return file;
  }
}

function writeAll(folder: string, files: readonly NewFile[]): void {
  for (const { path, text, mode } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { mode });
  }
}

/** Moves the files into an existing empty folder. The folder itself stays, because a shell may be in it. */
function moveInto(target: string, from: string): void {
  const moved: string[] = [];
  try {
    for (const name of readdirSync(from)) {
      renameSync(join(from, name), join(target, name));
      moved.push(name);
    }
  } catch (error) {
    for (const name of moved) rmSync(join(target, name), { recursive: true, force: true });
    throw error;
  }
}

function refuseFull(target: string): void {
  let names: string[] = [];
  try {
    names = readdirSync(target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR') throw error;
    names = ['a file'];
  }
  if (names.length === 0) return;
  throw new CreateError(`${target} already exists and is not an empty folder`, {
    code: 'create.folder',
    hint: 'choose another folder with --dir, or move the existing files',
  });
}
