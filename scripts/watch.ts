/** `npm run watch`: types, style and unused code, each judged again when a file is saved. Ends with Ctrl-C. */
import { spawn } from 'node:child_process';

const watchers: ReadonlyArray<readonly [command: string, ...args: string[]]> = [
  ['tsc', '-p', 'tsconfig.json', '--watch', '--preserveWatchOutput'],
  ['biome', 'check', '--watch'],
  ['knip', '--watch'],
];

const children = watchers.map(([command, ...args]) =>
  spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' }),
);
// One that ends has failed to start: the others would hide it.
for (const child of children)
  child.on('exit', (code) => {
    for (const other of children) other.kill();
    process.exitCode = code ?? 1;
  });
