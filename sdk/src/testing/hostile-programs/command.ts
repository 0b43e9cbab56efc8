import { chmodSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { HostileDestinationOptions, HostileSourceOptions } from './options.ts';

/** The path of the program: next to this file, or the built one of the package. */
function program(): string {
  if (import.meta.url.endsWith('.ts')) return fileURLToPath(new URL('program.ts', import.meta.url));
  return createRequire(import.meta.url).resolve('@headrace/sdk/testing/hostile-program');
}

/**
 * The command line of a complete source connector (append `spec`, `check`, `discover` or `read`). It follows the
 * protocol except for its `sins`. For tests of runners, pipes and destinations.
 */
export function hostileSource(options: HostileSourceOptions = {}): string[] {
  return [process.execPath, program(), 'source', JSON.stringify(options)];
}

/** The command line of a complete destination connector (append `spec`, `check` or `write`), with its `sins`. */
export function hostileDestination(options: HostileDestinationOptions = {}): string[] {
  return [process.execPath, program(), 'destination', JSON.stringify(options)];
}

/** Writes a command line to an executable file, for programs that start connectors by path; returns the path. */
export function writeExecutable(path: string, command: readonly string[]): string {
  const words = command.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`);
  writeFileSync(path, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}
