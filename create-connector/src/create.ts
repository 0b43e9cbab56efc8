import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CreateError, type Kind, namesOf } from './names.ts';
import { filesOf, type NewFile } from './template.ts';

/** What `createConnector` is asked for. */
export interface NewConnector {
  readonly kind: Kind;
  /** `my-crm` or `my-crm-source`. */
  readonly name: string;
  /** Where a relative `folder` begins. */
  readonly cwd: string;
  /** → a folder of the connector's name in `cwd`. */
  readonly folder?: string;
}

/** What `createConnector` made. */
export interface Created {
  /** With its suffix: `my-crm-source`. */
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  /** What was written, below the folder, sorted. */
  readonly files: readonly string[];
}

/**
 * Writes a new connector that works as it stands, with its tests. All of its files are written beside
 * their place first and then moved there, so that a failure leaves nothing behind.
 * @throws CreateError for a name that cannot be one, or a folder that holds something
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
  // On the same file system as the target, or the move would be a copy.
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

/** In a repository that has a biome.json, a second one has to say that it is not the first. */
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

/** Into an empty folder, which may be the one that a shell stands in: it is kept, not replaced. */
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
  throw new CreateError(`${target} is there already and not an empty folder`, {
    code: 'create.folder',
    hint: 'choose another one with --dir, or move what is there',
  });
}
