import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../engine/clock.ts';
import type { ConnectorProcess } from '../engine/connector.ts';
import { outputOf } from '../engine/output-of.ts';
import { call } from './call.ts';
import { startProcess } from './process.ts';

const folder = mkdtempSync(join(tmpdir(), 'headrace-process-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Waits of seconds pass ten times as fast. */
const quick: Clock = { now: systemClock.now, sleep: (ms, signal) => systemClock.sleep(ms / 10, signal) };
const launch = (script: string) => ({
  command: '/bin/sh',
  args: ['-c', script],
  cwd: folder,
  env: { PATH: process.env.PATH },
  scrub: (text: string) => text,
});
const start = (script: string) => startProcess(launch(script), () => {}, quick);
const said = async (process: ConnectorProcess) => {
  const chunks: Buffer[] = [];
  for await (const chunk of outputOf(process)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};
/** The pid that a script has written into a file. */
async function pidIn(name: string): Promise<number> {
  const path = join(folder, name);
  while (!existsSync(path) || readFileSync(path, 'utf8').trim() === '') await systemClock.sleep(5);
  return Number(readFileSync(path, 'utf8'));
}
/** Lets a script wait for that file: what it has started may else be ended before it has begun. */
const until = (name: string) => `while [ ! -s ${name} ]; do sleep 0.02; done;`;
/** An orphan that was killed may stay as a zombie where nobody collects it. */
async function isGone(pid: number): Promise<boolean> {
  for (let k = 0; k < 100; k++) {
    const path = `/proc/${pid}/stat`;
    if (!existsSync(path) || / Z /.test(readFileSync(path, 'utf8'))) return true;
    await systemClock.sleep(10);
  }
  return false;
}

describe('a connector that has ended', () => {
  test('is read on while bytes come of what it left behind, in its group or out of it', async () => {
    for (const how of ['', 'setsid ']) {
      const process = await start(`${how}sh -c 'sleep 0.1; echo late; sleep 0.1; echo later' & echo first`);
      expect(await said(process)).toBe('first\nlate\nlater\n');
      expect([(await process.exited).code, process.isCutOff()]).toEqual([0, false]);
    }
  });

  test('is cut off after 5 s of silence, and what held its output open is ended, wherever it is', async () => {
    for (const [name, how] of [
      ['held', ''],
      ['held-away', 'setsid '],
    ]) {
      const process = await start(
        `${how}sh -c 'echo $$ >${name}; exec sleep 60' & ${until(name as string)} echo first`,
      );
      expect(await said(process)).toBe('first\n');
      expect(process.isCutOff()).toBe(true);
      expect(await isGone(await pidIn(name as string))).toBe(true);
    }
  });

  test('has ended although its stderr and its stdin are held open', async () => {
    const process = await start(
      `setsid sh -c 'echo $$ >behind; exec sleep 20' >/dev/null & ${until('behind')} echo last words >&2; exit 3`,
    );
    const closed = new Promise((resolve) => process.stdin.once('close', resolve));
    expect(await said(process)).toBe('');
    expect(await process.exited).toEqual({ code: 3, signal: null, stderr: 'last words' });
    await closed;
    expect(await isGone(await pidIn('behind'))).toBe(true);
  });
});

describe('kill', () => {
  test.each([
    ['ignores SIGTERM', `trap '' TERM; while :; do sleep 1; done`],
    ['has stopped itself', 'kill -STOP $$; sleep 60'],
    ['talks for ever', 'while :; do echo on; done'],
    ['has started others that do', '(while :; do echo on; done) & (while :; do echo on; done)'],
  ])('ends one that %s', async (_, script) => {
    const process = await start(script);
    process.terminate();
    await systemClock.sleep(20);
    process.kill();
    await said(process);
    expect((await process.exited).code).toBeNull();
  });

  test('ends what has left for a session of its own, also after its starter has ended', async () => {
    const away = (name: string) =>
      `setsid sh -c 'echo $$ >${name}; trap "" TERM; while :; do echo on; sleep 0.01; done'`;
    const runs = await start(`${away('away')} & sleep 60`);
    const one = await pidIn('away');
    runs.kill();
    await said(runs);
    expect(await isGone(one)).toBe(true);

    const ended = await start(`${away('left')} & exit 0`);
    const other = await pidIn('left');
    await ended.exited;
    ended.kill();
    await said(ended);
    expect(ended.isCutOff()).toBe(true);
    expect(await isGone(other)).toBe(true);
  });
});

test('terminate reaches one that is stopped, and what a shell that has ended of it has left to drain', async () => {
  const stopped = await start(`trap 'echo drained; exit 1' TERM; kill -STOP $$; sleep 60`);
  await systemClock.sleep(50);
  stopped.terminate();
  expect(await said(stopped)).toBe('drained\n');

  const wrapped = await start(
    `sh -c 'trap "echo drained; exit 1" TERM; echo $$ >wrapped; while :; do sleep 0.01; done'; :`,
  );
  await pidIn('wrapped');
  wrapped.terminate();
  expect(await said(wrapped)).toBe('drained\n');
});

describe('a verb', () => {
  const verb = (script: string, timeoutMs = 600_000, signal = new AbortController().signal) =>
    call(launch(script), 'spec', (message) => (message.type === 'SPEC' ? message.spec : undefined), {
      signal,
      timeoutMs,
      clock: quick,
      onLog: () => {},
      onControl: async () => {},
    });
  const SPEC = `echo '{"type":"SPEC","spec":{"connectionSpecification":{}}}'`;
  const BEHIND = 'setsid sh -c "while :; do echo on; sleep 0.01; done" &';

  test('has its answer although something holds the output open, in silence or talking', async () => {
    await expect(verb(`${SPEC}; setsid sleep 60 & exit 0`)).resolves.toEqual({ connectionSpecification: {} });
    await expect(verb(`${BEHIND} ${SPEC}`, 3000)).resolves.toEqual({ connectionSpecification: {} });
  });

  test('ends at its time-out and at a signal, whatever it has started', async () => {
    await expect(verb(`${BEHIND} sleep 60`, 1000)).rejects.toMatchObject({ code: 'connector.timeout' });
    await expect(verb(`${BEHIND} exit 0`, 1000)).rejects.toMatchObject({ code: 'connector.timeout' });
    const signal = new AbortController();
    setTimeout(() => signal.abort('SIGTERM'), 50);
    await expect(verb(`${BEHIND} sleep 60`, 600_000, signal.signal)).rejects.toMatchObject({
      code: 'run.interrupted',
    });
  });

  test('with a line without end fails as soon as the line is too long, and says why', async () => {
    await expect(verb('printf "{"; exec tr "\\\\0" x </dev/zero')).rejects.toMatchObject({
      code: 'pipe.line_too_long',
      message: 'spec prints a line that is longer than 64 MiB',
    });
  });

  test('that prints what nobody can parse says so in its error', async () => {
    const deep = `node -e 'console.log("{\\"type\\":\\"SPEC\\",\\"spec\\":" + "[".repeat(9e5) + "]".repeat(9e5) + "}")'`;
    await expect(verb(deep)).rejects.toMatchObject({
      code: 'connector.no_answer',
      hint: 'it printed a message that cannot be read: it is nested deeper than 1000 levels',
    });
    await expect(verb('head -c 100000 /dev/urandom')).rejects.toMatchObject({ code: 'connector.no_answer' });
  });
});
