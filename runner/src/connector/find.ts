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
import { PIP, type PythonPackage, parsePythonPackage } from './python-package.ts';
import { isOurs, mustBeSafe } from './trust.ts';

/** What to start: a program with its first arguments, a container of an image, or a program of a Python package. */
export type Program =
  | {
      readonly kind: 'program';
      /** The file that was chosen; a link is followed. */
      readonly path: string;
      readonly command: string;
      readonly args: readonly string[];
      /** A warning about it. */
      readonly warning: string | undefined;
    }
  | { readonly kind: 'image'; readonly image: string }
  /** Installed when it is first called. */
  | { readonly kind: 'python'; readonly of: PythonPackage };

const DOCKER = 'docker://';

/** A folder to search for a program, and the topmost folder of that search. */
interface Place {
  readonly folder: string;
  readonly top: string | undefined;
}

/**
 * Finds what `connector:` names, in this order: a path relative to `folder`, `docker://image:tag`, `pip://package==version`, a bin of an npm
 * package that is installed in `folder` or above it in the same repository or workspace, one of our own installation, a
 * program on the PATH.
 * @throws ConfigError if there is none, if the file may not be run, or if another user may have put it there
 */
export function findConnector(name: string, folder: string, env: NodeJS.ProcessEnv): Program {
  if (name.startsWith(DOCKER)) {
    const image = name.slice(DOCKER.length);
    mustBeImage(image);
    return { kind: 'image', image };
  }
  if (name.startsWith(PIP)) return { kind: 'python', of: parsePythonPackage(name) };
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
      : 'a path, docker://image:tag, pip://package==version, a bin of an npm package installed in this repository, or a program on the PATH',
  });
}

/** The connectors among the bins of npm packages that a job in `folder` may name. */
export function installedConnectors(folder: string): string[] {
  const bins = [...binsOf(folder, rootOf(folder)), ...binsOf(import.meta.dirname, ownTop())];
  return [...new Set(bins.flatMap((place) => connectorsIn(place.folder)))].sort();
}

/** The folders of the PATH. Relative ones are skipped, because they depend on the current folder. */
function onPath(env: NodeJS.ProcessEnv): Place[] {
  const folders = (env.PATH ?? '').split(delimiter).filter((at) => isAbsolute(at));
  return folders.map((folder) => ({ folder, top: undefined }));
}

function binsOf(folder: string, top: string): Place[] {
  return upwards(folder, top).map((at) => ({ folder: join(at, 'node_modules', '.bin'), top }));
}

/**
 * The root of the repository that a folder is in: the nearest folder upwards with a `.git`. Without one, that of the
 * workspace: the nearest with a package.json that has `workspaces`, or a pnpm-workspace.yaml. Without either, the folder
 * itself. Markers that another user has put there do not count.
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
    // Somebody may be editing it, or it is broken; npm would report that.
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Our own installation: the folder whose node_modules contains us, or the repository in which we are built. */
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
  // An npm bin is started by the Node that runs us, because the first `node` on the PATH may be too old.
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
