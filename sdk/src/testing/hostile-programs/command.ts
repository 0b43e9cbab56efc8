import { chmodSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { HostileDestinationOptions, HostileSourceOptions } from './options.ts';

/** The program's file: beside this one, or the built one of the package. */
function program(): string {
  if (import.meta.url.endsWith('.ts')) return fileURLToPath(new URL('program.ts', import.meta.url));
  return createRequire(import.meta.url).resolve('@headrace/sdk/testing/hostile-program');
}

/**
 * A command line that is a whole source connector (`spec`, `check`, `discover`, `read` follow it) which keeps
 * to the protocol but for its `sins`: for tests of runners, pipes and destinations.
 */
export function hostileSource(options: HostileSourceOptions = {}): string[] {
  return [process.execPath, program(), 'source', JSON.stringify(options)];
}

/** A command line that is a whole destination connector (`spec`, `check`, `write` follow it), with its `sins`. */
export function hostileDestination(options: HostileDestinationOptions = {}): string[] {
  return [process.execPath, program(), 'destination', JSON.stringify(options)];
}

/** Makes an executable file of a command line, for what starts connectors by a path; returns the path. */
export function writeExecutable(path: string, command: readonly string[]): string {
  const words = command.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`);
  writeFileSync(path, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}
