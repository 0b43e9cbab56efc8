/** `npm run watch` checks types, style and unused code each time a file is saved. Ctrl-C stops it. */
import { spawn } from 'node:child_process';

const watchers: ReadonlyArray<readonly [command: string, ...args: string[]]> = [
  ['tsc', '-p', 'tsconfig.json', '--watch', '--preserveWatchOutput'],
  ['biome', 'check', '--watch'],
  ['knip', '--watch'],
];

const children = watchers.map(([command, ...args]) =>
  spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' }),
);
// A child that exits has failed to start. Stop, so that the output of the others does not hide it.
for (const child of children)
  child.on('exit', (code) => {
    for (const other of children) other.kill();
    process.exitCode = code ?? 1;
  });
