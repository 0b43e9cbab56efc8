import { chmodSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { main } from '../src/cli.ts';
import { systemClock } from '../src/engine/clock.ts';
import { connector, stream, workspace } from './workspace.ts';

// No docker here: a program of its name on the PATH writes down how it was called and starts the image's connector.
const DOCKER = `#!/bin/sh
printf '%s\\n' "$*" >> "$NOTES"
[ "$1" = kill ] && exit 0
while [ "$1" != "acme/source:1" ]; do shift; done
shift
exec "$SOURCE" "$@"
`;

test('docker:// starts a container with its files mounted, as this user, without the environment', async () => {
  const w = workspace();
  w.write('bin/docker', DOCKER);
  chmodSync(w.path('bin/docker'), 0o755);
  w.job([stream('a', 2)], {
    source: { streams: [{ name: 'a' }] },
    job: {
      source: {
        connector: 'docker://acme/source:1',
        volumes: ['./data:/data', '/etc/ssl:/etc/ssl:ro'],
        config: { notes: w.path('notes'), plan: [stream('a', 2)], streams: [{ name: 'a' }] },
      },
    },
  });
  const exitCode = await main({
    argv: ['run', '--quiet'],
    env: {
      PATH: `${w.path('bin')}:${process.env.PATH}`,
      NOTES: w.path('docker'),
      SOURCE: connector('source'),
      HTTPS_PROXY: 'http://proxy',
    },
    cwd: w.folder,
    stdout: { write: () => true },
    stderr: { write: () => true },
    clock: systemClock,
    version: '0',
  });
  expect(exitCode).toBe(0);
  expect(w.ids('a')).toEqual([0, 1]);
  const calls = readFileSync(w.path('docker'), 'utf8').trim().split('\n');
  expect(calls.map((call) => call.split('acme/source:1 ')[1]?.split(' ')[0])).toEqual([
    'spec',
    'discover',
    'check',
    'read',
  ]);
  const read = calls.at(-1) as string;
  expect(read).toMatch(
    /^run --rm --interactive --name headrace-[0-9a-f]{12} --volume (\S+\/\.headrace\/acme\/work\/\S+):\1:ro --user \d+:\d+ /,
  );
  expect(read).toContain(`--volume ${w.path('data')}:/data --volume /etc/ssl:/etc/ssl:ro `);
  expect(read).toContain(
    '--env HEADRACE_CONTROL=1 --env HEADRACE_CONFIG_RESOLVED=1 --env HTTPS_PROXY acme/source:1 read --config ',
  );
});
