import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { delimiter, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { ConfigError, didYouMean } from '@headrace/sdk/spec';
import { mustBeImage } from './docker.ts';
import { isOurs, mustBeSafe } from './trust.ts';

/** What to start: a program with its first arguments, or a container of an image. */
export type Program =
  | {
      readonly kind: 'program';
      /** The file that was chosen; a link is followed. */
      readonly path: string;
      readonly command: string;
      readonly args: readonly string[];
      /** What is to be said of it. */
      readonly warning: string | undefined;
    }
  | { readonly kind: 'image'; readonly image: string };

const DOCKER = 'docker://';

/** A folder in which a program is looked for, and the one above it from which the search began. */
interface Place {
  readonly folder: string;
  readonly top: string | undefined;
}

/**
 * Finds what `connector:` names, in this order: a path relative to `folder`, `docker://image:tag`, a bin of an npm
 * package that is installed in `folder` or above it in the same repository or workspace, one of our own installation, a
 * program on the PATH.
 * @throws ConfigError where there is none, where the file may not be run, or where somebody else may have put it there
 */
export function findConnector(name: string, folder: string, env: NodeJS.ProcessEnv): Program {
  if (name.startsWith(DOCKER)) {
    const image = name.slice(DOCKER.length);
    mustBeImage(image);
    return { kind: 'image', image };
  }
  const path = resolve(folder, name);
  if (isFile(path)) return program(path, name, undefined);
  if (name.includes('/') || isAbsolute(name)) {
    throw new ConfigError(`there is no file ${name}`, {
      code: 'connector.not_found',
      hint: `paths start at the folder of the jobs file`,
    });
  }
  const bins = [...binsOf(folder, rootOf(folder)), ...binsOf(import.meta.dirname, ownTop())];
  for (const { folder: place, top } of [...bins, ...onPath(env)]) {
    const candidate = join(place, name);
    if (isFile(candidate)) return program(candidate, name, top);
  }
  const near = didYouMean(
    name,
    bins.flatMap((place) => connectorsIn(place.folder)),
  );
  throw new ConfigError(`there is no connector ${name}`, {
    code: 'connector.not_found',
    hint: near
      ? `did you mean ${near}?`
      : 'a path, docker://image:tag, a bin of an npm package installed in this repository, or a program on the PATH',
  });
}

/** The folders of the PATH. One that is not absolute depends on where somebody stands: it is passed over. */
function onPath(env: NodeJS.ProcessEnv): Place[] {
  const folders = (env.PATH ?? '').split(delimiter).filter((at) => isAbsolute(at));
  return folders.map((folder) => ({ folder, top: undefined }));
}

function binsOf(folder: string, top: string): Place[] {
  return upwards(folder, top).map((at) => ({ folder: join(at, 'node_modules', '.bin'), top }));
}

/**
 * The root of the repository that a folder is in: the nearest folder upwards with a `.git`. Without one, that of the
 * workspace: the nearest with a package.json that has `workspaces`, or a pnpm-workspace.yaml. Without either the folder
 * itself. A sign that another user has put there is none.
 */
function rootOf(folder: string): string {
  const all = upwards(folder);
  return (
    all.find((at) => isSign(join(at, '.git'))) ??
    all.find((at) => isSign(join(at, 'pnpm-workspace.yaml')) || hasWorkspaces(join(at, 'package.json'))) ??
    folder
  );
}

function isSign(path: string): boolean {
  return existsSync(path) && isOurs(path) && isOurs(dirname(path));
}

function hasWorkspaces(path: string): boolean {
  if (!isFile(path) || !isSign(path)) return false;
  try {
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as { workspaces?: unknown } | null;
    return manifest?.workspaces !== undefined;
  } catch (error) {
    // Of somebody who is writing it, or of no interest: npm would say so, too.
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Our own installation: the folder whose node_modules we are in, or the repository we are built in. */
function ownTop(): string {
  const here = import.meta.dirname;
  const at = here.indexOf(`${sep}node_modules${sep}`);
  return at === -1 ? rootOf(here) : here.slice(0, at) || sep;
}

function program(path: string, name: string, top: string | undefined): Program {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    throw new ConfigError(`${name} may not be run`, {
      code: 'connector.not_executable',
      hint: `chmod +x ${name}`,
    });
  }
  const warning = mustBeSafe(path, top);
  const target = realpathSync(path);
  // A bin of npm's is started by the Node that runs us: the first `node` on the PATH may be too old for it.
  return isNodeScript(path)
    ? { kind: 'program', path: target, command: process.execPath, args: [target], warning }
    : { kind: 'program', path: target, command: path, args: [], warning };
}

function isNodeScript(path: string): boolean {
  const head = Buffer.alloc(64);
  const fd = openSync(path, 'r');
  try {
    readSync(fd, head);
  } finally {
    closeSync(fd);
  }
  return /^#!(\/usr\/bin\/env node|\S*\/node)\r?\n/.test(head.toString('latin1'));
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** A folder and those above it, up to `top`. */
function upwards(folder: string, top?: string): string[] {
  const up = dirname(folder);
  return up === folder || folder === top ? [folder] : [folder, ...upwards(up, top)];
}

function connectorsIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((bin) => /-(source|destination)$/.test(bin)) : [];
}
