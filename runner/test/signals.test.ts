import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { stream, workspace } from './workspace.ts';

const MAIN = join(import.meta.dirname, '..', 'src', 'main.ts');
const started = { do: 'status', stream: 'a', status: 'STARTED' };
const half = [
  started,
  { do: 'records', stream: 'a', count: 2 },
  { do: 'state', stream: 'a', state: { at: 'two' } },
];

/** The command line as a process of its own, in a workspace. */
function start(folder: string, ...argv: string[]) {
  const child: ChildProcess = spawn(process.execPath, ['--conditions=headrace:source', MAIN, ...argv], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr?.on('data', (chunk) => (stderr += String(chunk)));
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>(
    (resolve) => {
      child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    },
  );
  return { child, ended };
}

async function until(what: () => boolean): Promise<void> {
  for (let k = 0; k < 400; k++) {
    if (what()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it did not come to that');
}

const workFolders = (w: ReturnType<typeof workspace>) => readdirSync(w.path('.headrace/acme/work'));

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal}: the source drains, the destination commits, ${code}; the next run goes on`, async () => {
    const w = workspace();
    const plan = [
      [
        ...half,
        { do: 'drain' },
        { do: 'records', stream: 'a', count: 1, from: 2 },
        { do: 'state', stream: 'a', state: { at: 'three' } },
        { do: 'exit', code: 1 },
      ],
      stream('a', 1, 3),
    ];
    w.job(plan, {
      source: { streams: [{ name: 'a' }] },
      ends: ['source', 'keeping-destination'],
      job: { retries: 3 },
    });
    const { child, ended } = start(w.folder, 'run', '--json');
    await until(() => existsSync(w.path('out.states')));
    child.kill(signal);
    const { code: exit, stdout } = await ended;
    expect(exit).toBe(code);
    expect(JSON.parse(stdout)).toMatchObject({
      exit_code: code,
      data: { runs: [{ outcome: 'interrupted', attempts: 1, errors: [] }] },
    });
    expect(workFolders(w)).toEqual([]);

    expect((await w.run('run')).exitCode).toBe(0);
    expect(w.calls('read')[1]?.states).toContain('three');
    expect(w.ids('a')).toEqual([0, 1, 2, 3]);
  });
}

test('a second signal kills a source that does not drain; the destination still commits', async () => {
  const w = workspace();
  w.job([[...half, { do: 'hang' }]], {
    source: { streams: [{ name: 'a' }] },
    ends: ['source', 'keeping-destination'],
  });
  const { child, ended } = start(w.folder, 'run');
  await until(() => existsSync(w.path('out.states')));
  child.kill('SIGINT');
  await new Promise((resolve) => setTimeout(resolve, 700));
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
  expect(readFileSync(w.path('out.states'), 'utf8')).toContain('two');
});

test('a signal while it waits for the next attempt ends the run at once', async () => {
  const w = workspace();
  w.job([[{ do: 'kill' }]], { job: { retries: 3, retry_delay_seconds: 600 } });
  const { child, ended } = start(w.folder, 'run');
  await until(() => existsSync(w.path('notes')) && w.lines('notes').some((call) => call.verb === 'read'));
  await new Promise((resolve) => setTimeout(resolve, 500));
  child.kill('SIGTERM');
  expect((await ended).code).toBe(143);
});

test('killed: both ends end by themselves, the files with secrets go at the next start, nothing is lost or twice', async () => {
  const w = workspace();
  const plan = [
    [
      ...half,
      { do: 'sleep', ms: 700 },
      { do: 'records', stream: 'a', count: 20_000, bytes: 100 },
      { do: 'exit', code: 1 },
    ],
    stream('a', 2, 2),
  ];
  w.job(plan, {
    source: { streams: [{ name: 'a' }], token: 'a-long-secret-token' },
    ends: ['source', 'keeping-destination'],
  });
  const { child, ended } = start(w.folder, 'run');
  await until(() => existsSync(w.path('out.states')));
  const pids = childrenOf(child.pid as number);
  expect(pids).toHaveLength(2);
  child.kill('SIGKILL');
  await ended;
  expect(workFolders(w)).toHaveLength(1);
  await until(() => pids.every((pid) => !existsSync(`/proc/${pid}`)));

  expect((await w.run('run')).exitCode).toBe(0);
  expect(workFolders(w)).toEqual([]);
  expect(w.ids('a')).toEqual([0, 1, 2, 3]);
  // The killed run is number 1, and history shows that it never ended.
  expect((await w.runs()).map(({ number, ended }) => [number, ended === undefined])).toEqual([
    [2, false],
    [1, true],
  ]);
});

test('one job is not run twice at a time', async () => {
  const w = workspace();
  w.job([[...half, { do: 'drain' }, { do: 'exit', code: 1 }]], {
    source: { streams: [{ name: 'a' }] },
    ends: ['source', 'keeping-destination'],
  });
  const { child, ended } = start(w.folder, 'run');
  await until(() => existsSync(w.path('out.states')));
  const second = await w.run('run', '--json');
  expect(second).toMatchObject({ exitCode: 2, json: { errors: [{ code: 'run.already_running' }] } });
  child.kill('SIGTERM');
  await ended;
});

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      const stat = existsSync(`/proc/${name}/stat`) ? readFileSync(`/proc/${name}/stat`, 'utf8') : '';
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid;
    })
    .map(Number);
}
