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
        memory: '2g',
        env: ['AWS_PROFILE'],
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
      AWS_PROFILE: 'mine',
      AWS_SECRET_ACCESS_KEY: 'not passed on',
    },
    cwd: w.folder,
    stdout: { write: () => true },
    stderr: { write: () => true },
    stdin: { text: () => Promise.resolve('') },
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
    /^run --rm --interactive --name headrace-[0-9a-f]{12} --cap-drop ALL --security-opt no-new-privileges --pids-limit 1024 --memory 2g --user \d+:\d+ --volume (\S+\/\.headrace\/acme\/work\/\S+):\1:ro /,
  );
  expect(read).toContain(`--volume ${w.path('data')}:/data --volume /etc/ssl:/etc/ssl:ro `);
  expect(read).toContain(
    '--env HEADRACE_CONTROL=1 --env HEADRACE_CONFIG_RESOLVED=1 --env HTTPS_PROXY --env AWS_PROFILE acme/source:1 read --config ',
  );
  // Each call sees its own files alone, and one without files none.
  const mounts = calls.map((call) => /--volume (\S+\/work\/[^:]+):/.exec(call)?.[1]);
  expect(mounts[0]).toBeUndefined();
  expect(new Set(mounts).size).toBe(calls.length);
});

test('a volume or an image that looks like an option is refused before anything is started', async () => {
  for (const [key, value] of [
    ['volumes', ['-v:/x']],
    ['connector', 'docker://--privileged'],
  ] as const) {
    const w = workspace();
    w.job([], { job: { source: { connector: 'docker://acme/source:1', [key]: value } } });
    const { exitCode, json } = await w.run('validate', '--json');
    expect([exitCode, json.errors.map(({ place }) => place)]).toEqual([
      2,
      [expect.stringContaining(`jobs.j.source.${key}`)],
    ]);
  }
});

test('several jobs run containers of one image side by side', async () => {
  const w = workspace();
  w.write('bin/docker', DOCKER);
  chmodSync(w.path('bin/docker'), 0o755);
  const job = (name: string) => ({
    source: {
      connector: 'docker://acme/source:1',
      config: { notes: w.path(`notes-${name}`), plan: [stream('a', 3)], streams: [{ name: 'a' }] },
    },
    destination: { connector: connector('destination'), config: { out: w.path(`out-${name}`) } },
  });
  const names = ['one', 'two', 'three'];
  w.write(
    'headrace.yaml',
    JSON.stringify({ jobs: Object.fromEntries(names.map((name) => [name, job(name)])) }),
  );
  const env = {
    PATH: `${w.path('bin')}:${process.env.PATH}`,
    NOTES: w.path('docker'),
    SOURCE: connector('source'),
  };
  const ran = await Promise.all(names.map((name) => w.call({ env }, 'run', name, '--no-check', '--json')));
  expect(ran.map(({ json }) => [json.exit_code, json.data.runs[0]?.streams[0]?.committed])).toEqual(
    names.map(() => [0, 3]),
  );
  const calls = readFileSync(w.path('docker'), 'utf8').trim().split('\n');
  const containers = calls.map((call) => / --name (\S+) /.exec(call)?.[1]);
  expect(new Set(containers).size).toBe(calls.length);
});
