import { ConfigError } from '../errors.ts';

/** What is given as a folder and is none, and what to write instead. The first one that fits counts. */
const NO_PATHS: ReadonlyArray<readonly [pattern: RegExp, what: string, hint: string]> = [
  [/\0/, 'holds a NUL character', 'write the path without it'],
  [/^\s|\s$/, 'begins or ends with white space', 'take the white space away'],
  [/^~/, 'is not the home folder: nothing replaces ~ here', 'write the absolute path of the folder'],
  [
    /^\$\w|\$\{/,
    'holds a variable, and nothing replaces it here',
    'write the path itself, or let the shell or the runner put it in',
  ],
  [/^file:/i, 'is a URL', 'write the path that it means, without file://'],
  [
    /^[^/\\]{2,}:[/\\]/,
    'is a URL',
    'only folders are written to: choose one, and copy it to where it shall go; or mount that as a folder',
  ],
];
const OF_WINDOWS = /^[A-Za-z]:[/\\]/;

/**
 * For a destination that writes into a folder (`config.path`): refuses what would become a folder of a strange name,
 * here, although somewhere else is meant: `s3://…`, `~/…`, `file://…`. A folder that has such a name can be written
 * with `./` before it. To be called wherever the path is used, by `check` too.
 * @throws ConfigError (`destination.no_path`)
 */
export function refuseNoPath(path: string, platform: NodeJS.Platform = process.platform): void {
  for (const [pattern, what, hint] of NO_PATHS) if (pattern.test(path)) throw noPath(path, what, hint);
  if (platform !== 'win32' && OF_WINDOWS.test(path))
    throw noPath(path, 'is a path of Windows', 'write the path as this system names it');
}

function noPath(path: string, what: string, hint: string): ConfigError {
  return new ConfigError(`${JSON.stringify(path)} ${what}`, {
    code: 'destination.no_path',
    place: 'config.path',
    hint,
  });
}
