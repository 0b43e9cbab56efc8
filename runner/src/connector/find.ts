import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { ConfigError, didYouMean } from '@headrace/sdk/spec';

/** What to start: a program with its first arguments, or a container of an image. */
export type Program =
  | { readonly kind: 'program'; readonly command: string; readonly args: readonly string[] }
  | { readonly kind: 'image'; readonly image: string };

const DOCKER = 'docker://';

/**
 * Finds what `connector:` names: a path relative to `folder`, `docker://image:tag`, a bin of an installed
 * npm package (seen from `folder`, then from this program), a program on the PATH, in this order.
 * @throws ConfigError where there is none, or where the file may not be run
 */
export function findConnector(name: string, folder: string, env: NodeJS.ProcessEnv): Program {
  if (name.startsWith(DOCKER)) return { kind: 'image', image: name.slice(DOCKER.length) };
  const path = resolve(folder, name);
  if (isFile(path)) return program(path, name);
  if (name.includes('/') || isAbsolute(name)) {
    throw new ConfigError(`there is no file ${name}`, {
      code: 'connector.not_found',
      hint: `paths start at the folder of the jobs file`,
    });
  }
  const bins = [...upwards(folder), ...upwards(import.meta.dirname)].map((at) =>
    join(at, 'node_modules', '.bin'),
  );
  const places = [...bins, ...(env.PATH ?? '').split(delimiter).filter((at) => at !== '')];
  for (const place of places) {
    const candidate = join(place, name);
    if (isFile(candidate)) return program(candidate, name);
  }
  const near = didYouMean(name, bins.flatMap(connectorsIn));
  throw new ConfigError(`there is no connector ${name}`, {
    code: 'connector.not_found',
    hint: near
      ? `did you mean ${near}?`
      : 'a path, docker://image:tag, a bin of an installed npm package or a program on the PATH',
  });
}

function program(path: string, name: string): Program {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    throw new ConfigError(`${name} may not be run`, {
      code: 'connector.not_executable',
      hint: `chmod +x ${name}`,
    });
  }
  // A bin of npm's is started by the Node that runs us: the first `node` on the PATH may be too old for it.
  return isNodeScript(path)
    ? { kind: 'program', command: process.execPath, args: [realpathSync(path)] }
    : { kind: 'program', command: path, args: [] };
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

function upwards(folder: string): string[] {
  const up = dirname(folder);
  return up === folder ? [folder] : [folder, ...upwards(up)];
}

function connectorsIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((bin) => /-(source|destination)$/.test(bin)) : [];
}
