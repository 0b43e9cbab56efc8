import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));

/**
 * The command line of a Node process that writes to its stdout, a real pipe or socket, through an FdWriter. It
 * reports on stderr as lines of JSON.
 */
function commandLine(script: string): [string, ...string[]] {
  const setup = `
    import { createHash } from 'node:crypto';
    import { readFileSync } from 'node:fs';
    import { FdWriter } from './fd-writer.ts';
    const writer = new FdWriter(1);
    const report = (value) => process.stderr.write(JSON.stringify(value) + '\\n');
    const sum = createHash('sha256');
    let seed = 1, given = 0;
    const random = (below) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % below;
    // Bytes of many lengths, a few of them longer than a batch, each different from the others.
    function piece(longest = 9000) {
      const bytes = Buffer.alloc(1 + random(given % 97 === 0 ? 600_000 : longest), String(given) + ' ');
      sum.update(bytes);
      given += bytes.length;
      return bytes;
    }`;
  return [process.execPath, '--input-type=module', '-e', `${setup}\n${script}`];
}

function start(command: string, ...rest: string[]): ChildProcess {
  return spawn(command, rest, { cwd: here, stdio: ['ignore', 'pipe', 'pipe'] });
}

const writeAll = (megabytes: number) => `
  while (given < ${megabytes * 1e6}) {
    writer.put(piece());
    const full = writer.ready();
    if (full) await full;
  }
  await writer.flush();
  report({ given, sum: sum.digest('hex') });`;

async function reports(child: ChildProcess): Promise<Array<{ [key: string]: unknown }>> {
  let text = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  await once(child, 'close');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Reads everything, with a pause of `pause` ms after each chunk. */
async function receive(
  child: ChildProcess,
  pause: (chunks: number) => number,
): Promise<{ given: number; sum: string }> {
  const sum = createHash('sha256');
  let given = 0;
  let chunks = 0;
  for await (const chunk of child.stdout! as AsyncIterable<Buffer>) {
    sum.update(chunk);
    given += chunk.length;
    const wait = pause(chunks++);
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  }
  return { given, sum: sum.digest('hex') };
}

test.each([
  ['a fast reader', 120, () => 0],
  ['a slow reader', 6, () => 2],
  ['a reader that stalls now and then', 20, (chunks: number) => (chunks % 40 === 7 ? 60 : 0)],
])('order and bytes are exact: %s', async (_, megabytes, pause) => {
  const child = start(...commandLine(writeAll(megabytes)));
  const [received, [reported]] = await Promise.all([receive(child, pause), reports(child)]);
  expect(received).toStrictEqual(reported);
  expect(received.given).toBeGreaterThan(megabytes * 1e6);
});

test.each([
  ['a fast reader', 60, () => 0],
  ['a slow reader', 6, () => 2],
])('and where the descriptor is non-blocking (short writes, EAGAIN): %s', async (_, megabytes, pause) => {
  const script = `
      process.stdout; // Node makes a pipe non-blocking as soon as its stream is asked for
      const flags = /flags:\\s*(\\d+)/.exec(readFileSync('/proc/self/fdinfo/1', 'utf8'))[1];
      ${writeAll(megabytes)}
      report({ nonBlocking: (parseInt(flags, 8) & 0o4000) !== 0 });`;
  const child = start(...commandLine(script));
  const [received, [reported, how]] = await Promise.all([receive(child, pause), reports(child)]);
  expect(received).toStrictEqual(reported);
  if (process.platform === 'linux') expect(how).toStrictEqual({ nonBlocking: true });
});

test('a real pipe, in a shell', async () => {
  const child = start('sh', '-c', '"$@" | cat', 'sh', ...commandLine(writeAll(40)));
  const [received, [reported]] = await Promise.all([receive(child, () => 0), reports(child)]);
  expect(received).toStrictEqual(reported);
});

test('a stalled reader: what is given stays bounded while the caller awaits ready (invariant 8)', async () => {
  const script = `
    setInterval(() => report({ given, rss: process.memoryUsage().rss }), 100).unref();
    const before = process.memoryUsage().rss;
    while (given < 300e6) {
      writer.put(piece());
      const full = writer.ready();
      if (full) await full;
    }
    await writer.flush();
    report({ given, grown: process.memoryUsage().rss - before });`;
  const child = start(...commandLine(script));
  child.stdout!.pause();
  let text = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const stalled = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { given: number });
  expect(stalled.length).toBeGreaterThan(2);
  expect(stalled.at(-1)!.given).toBe(stalled.at(-2)!.given);
  // 1 MiB waiting, one piece more, and what a socket holds.
  expect(stalled.at(-1)!.given).toBeLessThan(4e6);
  child.stdout!.resume();
  await once(child, 'close');
  const end = JSON.parse(text.trimEnd().split('\n').at(-1)!) as { given: number; grown: number };
  expect(end.given).toBeGreaterThan(300e6);
  expect(end.grown).toBeLessThan(120e6);
});

test('a reader that goes away: onError once, flush throws, the rest is dropped (EPIPE)', async () => {
  const script = `
    const errors = [];
    writer.onError = (error) => errors.push(error.name);
    process.on('unhandledRejection', () => errors.push('unhandled'));
    process.on('uncaughtException', () => errors.push('uncaught'));
    let waits = 0;
    while (!writer.error && given < 1e9) {
      writer.put(piece());
      const full = writer.ready();
      if (full) await full, waits++;
    }
    for (let i = 0; i < 2000; i++) writer.put(piece());
    const ready = writer.ready();
    const thrown = await writer.flush().then(() => 'nothing', (error) => error.name);
    await new Promise((resolve) => setTimeout(resolve, 50));
    report({ errors, thrown, ready: ready === undefined, waited: waits > 0, code: process.exitCode ?? 0 });`;
  const child = start(...commandLine(script));
  child.stdout!.once('data', () => child.stdout!.destroy());
  const [reported] = await reports(child);
  const wanted = {
    errors: ['OutputClosedError'],
    thrown: 'OutputClosedError',
    ready: true,
    waited: true,
    code: 0,
  };
  expect(reported).toStrictEqual(wanted);
});

test('any other error is told as it is', async () => {
  const script = `
    const broken = new FdWriter(987);
    const errors = [];
    broken.onError = (error) => errors.push(error.code);
    broken.put(piece());
    report({ thrown: await broken.flush().then(() => 'nothing', (error) => error.code), errors });`;
  const child = start(...commandLine(script));
  const [reported] = await reports(child);
  expect(reported).toStrictEqual({ thrown: 'EBADF', errors: ['EBADF'] });
});
