import { ConfigError } from '../errors.ts';

/** Paths that are not meant as folders, and what to write instead. The first match counts. */
const NO_PATHS: ReadonlyArray<readonly [pattern: RegExp, what: string, hint: string]> = [
  [/\0/, 'contains a NUL character', 'write the path without it'],
  [/^\s|\s$/, 'begins or ends with white space', 'remove the white space'],
  [/^~/, 'is not the home folder: ~ is not expanded here', 'write the absolute path of the folder'],
  [
    /^\$\w|\$\{/,
    'contains a variable, which is not expanded here',
    'write the path itself, or have the shell or the runner insert it',
  ],
  [/^file:/i, 'is a URL', 'write the path without file://'],
  [
    /^[^/\\]{2,}:[/\\]/,
    'is a URL',
    'only folders are supported: write to one and copy it, or mount the target as a folder',
  ],
];
const OF_WINDOWS = /^[A-Za-z]:[/\\]/;

/**
 * For a destination that writes to a folder (`config.path`): refuses paths that would create an oddly named folder here
 * although another place is meant: `s3://…`, `~/…`, `file://…`. A folder that really has such a name can be given with
 * `./` before it. Call it wherever the path is used, including `check`.
 * @throws ConfigError (`destination.no_path`)
 */
export function refuseNoPath(path: string, platform: NodeJS.Platform = process.platform): void {
  for (const [pattern, what, hint] of NO_PATHS) if (pattern.test(path)) throw noPath(path, what, hint);
  if (platform !== 'win32' && OF_WINDOWS.test(path))
    throw noPath(path, 'is a Windows path', 'write a path of this system');
}

function noPath(path: string, what: string, hint: string): ConfigError {
  return new ConfigError(`${JSON.stringify(path)} ${what}`, {
    code: 'destination.no_path',
    place: 'config.path',
    hint,
  });
}
