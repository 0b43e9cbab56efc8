import { text } from 'node:stream/consumers';
import manifest from '../package.json' with { type: 'json' };
import { main } from './cli.ts';
import { systemClock } from './engine/clock.ts';

// The reader of our output may exit early (`headrace run --json | head -1`). The run continues.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

process.exitCode = await main({
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: { text: () => text(process.stdin) },
  ask:
    process.stdin.isTTY && process.stdout.isTTY && !process.env.CI
      ? async (safe) => {
          const { clackAsker } = await import('./wizard/clack-asker.ts');
          return clackAsker(process.stdin, process.stdout, safe);
        }
      : undefined,
  clock: systemClock,
  version: manifest.version,
});
