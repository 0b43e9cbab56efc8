import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const basic = `Basic ${Buffer.from('demo@headrace.example:sandbox-token').toString('base64')}`;

function run(...args: string[]): { child: ChildProcess; out: () => string; ended: Promise<number | null> } {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream!.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, out: () => text, ended };
}

async function urlOf(out: () => string): Promise<string> {
  await expect.poll(out, { timeout: 20_000 }).toContain('press Ctrl-C to stop');
  return /http:\/\/127\.0\.0\.1:\d+/.exec(out())![0];
}

it.each(['SIGINT', 'SIGTERM'] as const)(
  'prints its address and login in one line, and exits on %s',
  async (signal) => {
    const { child, out, ended } = run('jira', '--port', '0', '--issues', '20', '--seed', '4');
    const url = await urlOf(out);
    expect(out().trimEnd().split('\n')).toHaveLength(1);
    expect(out()).toContain('email demo@headrace.example, API token sandbox-token');
    const answer = await fetch(`${url}/rest/api/3/myself`, { headers: { authorization: basic } });
    expect(await answer.json()).toMatchObject({ emailAddress: 'demo@headrace.example' });
    child.kill(signal);
    expect(await ended).toBe(0);
  },
);

it('prints help, and rejects invalid options in one line', async () => {
  const help = run('jira', '--help');
  expect(await help.ended).toBe(0);
  for (const text of ['--index-lag-ms', '--burst-per-second', '--recorded', '/_sandbox/control'])
    expect(help.out()).toContain(text);
  for (const [args, said] of [
    [['--issues', 'many'], 'It must be a whole number, at least 0'],
    [['--fault-kinds', 'fire'], "no fault 'fire'"],
    [['--port', '0', '--time-zone', 'Mars/Olympus'], 'Mars/Olympus'],
  ] as const) {
    const { out, ended } = run('jira', ...args);
    expect(await ended).toBe(1);
    expect(out()).toContain(said);
    expect(out().trimEnd().split('\n')).toHaveLength(1);
  }
});

it('starts a Jenkins', async () => {
  const { child, out, ended } = run('jenkins', '--port', '0', '--builds', '50', '--path-prefix', '/ci');
  const url = await urlOf(out);
  const authorization = `Basic ${Buffer.from('demo:sandbox-api-token').toString('base64')}`;
  const answer = await fetch(`${url}/ci/whoAmI/api/json`, { headers: { authorization } });
  expect(await answer.json()).toMatchObject({ name: 'demo' });
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});

// Reads /proc, which exists only on Linux.
it.runIf(process.platform === 'linux')('serves half a million issues in bounded memory', async () => {
  const { child, out, ended } = run('jira', '--port', '0', '--issues', '500000');
  const url = await urlOf(out);
  const peak = () =>
    Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1024;
  const began = peak();
  let bytes = 0;
  let nextPageToken: string | undefined;
  for (let page = 0; page < 150; page++) {
    const body = JSON.stringify({
      jql: 'id > 0 ORDER BY updated ASC',
      fields: ['*all'],
      maxResults: 100,
      nextPageToken,
    });
    const answer = await fetch(`${url}/rest/api/3/search/jql`, {
      method: 'POST',
      headers: { authorization: basic },
      body,
    });
    const text = await answer.text();
    bytes += Buffer.byteLength(text);
    nextPageToken = /"nextPageToken":"([^"]+)"/.exec(text.slice(-500))![1];
  }
  expect(bytes).toBeGreaterThan(75e6);
  expect(began).toBeLessThan(250);
  expect(peak()).toBeLessThan(300);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});
