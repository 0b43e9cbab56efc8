import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));
const SETUP = `
  import { createHash } from 'node:crypto';
  import { readChunks } from './read-chunks.ts';
  const report = (value) => process.stdout.write(JSON.stringify(value) + '\\n');`;

/** A Node process whose stdin is our socket or, with `cat` in between, a pipe. */
function start(script: string, kind: 'socket' | 'pipe'): ChildProcess {
  const node = [process.execPath, '--input-type=module', '-e', SETUP + script];
  const [command, ...rest] = kind === 'socket' ? node : ['sh', '-c', 'cat | "$@"', 'sh', ...node];
  return spawn(command!, rest, { cwd: here, stdio: ['pipe', 'pipe', 'inherit'] });
}

async function answer(child: ChildProcess): Promise<{ [key: string]: unknown }> {
  let text = '';
  child.stdout!.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  await once(child, 'close');
  return JSON.parse(text);
}

test.each(['socket', 'pipe'] as const)(
  'every byte of a %s in order, with a reader that dawdles',
  async (kind) => {
    const child = start(
      `
    const kept = [];
    for await (const chunk of readChunks(0)) {
      kept.push(chunk);
      if (kept.length % 100 === 3) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // Only now, when everything was read: no byte may have been written over.
    const sum = createHash('sha256');
    for (const chunk of kept) sum.update(chunk);
    report({ sum: sum.digest('hex') });`,
      kind,
    );
    const sum = createHash('sha256');
    for (let i = 0; i < 900; i++) {
      const piece = Buffer.alloc(1 + ((i * 7919) % 90_000), `${i} `);
      sum.update(piece);
      if (!child.stdin!.write(piece)) await once(child.stdin!, 'drain');
    }
    child.stdin!.end();
    expect(await answer(child)).toStrictEqual({ sum: sum.digest('hex') });
  },
);

test.each(['socket', 'pipe'] as const)(
  'memory that is reused: every line of a %s is whole until the next batch, with a reader that dawdles',
  async (kind) => {
    const child = start(
      `
    import { readLines } from './lines.ts';
    const sum = createHash('sha256');
    let batches = 0;
    for await (const { bytes, ends } of readLines(readChunks(0, undefined, 'reused'))) {
      // More comes meanwhile, as much as may wait.
      if (++batches % 20 === 3) await new Promise((resolve) => setTimeout(resolve, 20));
      sum.update(bytes.subarray(0, ends.at(-1) + 1));
    }
    report({ sum: sum.digest('hex') });`,
      kind,
    );
    const sum = createHash('sha256');
    // Lines from a few bytes to more than the whole reused memory, all with different bytes.
    for (let i = 0; i < 400; i++) {
      const length = i === 207 ? 9_000_000 : i % 40 === 7 ? 1_300_000 + i : 1 + ((i * 7919) % 90_000);
      const line = Buffer.from(randomBytes(length).toString('hex').slice(0, length));
      line[line.length - 1] = 0x0a;
      sum.update(line);
      if (!child.stdin!.write(line)) await once(child.stdin!, 'drain');
    }
    child.stdin!.end();
    expect(await answer(child)).toStrictEqual({ sum: sum.digest('hex') });
  },
);

test('a reader that stops taking makes the writer wait (invariant 8)', async () => {
  const child = start(
    `
    for await (const chunk of readChunks(0)) await new Promise((resolve) => setTimeout(resolve, 1500));
    report({});`,
    'socket',
  );
  let taken = 0;
  const piece = Buffer.alloc(65_536);
  const write = () =>
    child.stdin!.write(piece, (error) => {
      if (error) return;
      taken += piece.length;
      write();
    });
  child.stdin!.on('error', () => expect(child.killed).toBe(true));
  write();
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(3e6);
  child.kill('SIGKILL');
  await once(child, 'close');
});

test('a pipe that says nothing holds nobody up: neither abort nor exit', async () => {
  const script = `
    import { execFileSync } from 'node:child_process';
    import { mkdtempSync, openSync, rmSync } from 'node:fs';
    const folder = mkdtempSync(process.env.FOLDER + '/headrace-');
    execFileSync('mkfifo', [folder + '/pipe']);
    const fds = [0, 1].map(() => openSync(folder + '/pipe', 'r+'));
    rmSync(folder, { recursive: true });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    let chunks = 0;
    for await (const chunk of readChunks(fds[0], stop.signal)) chunks++;
    void readChunks(fds[1]).next();
    setTimeout(() => { report({ chunks }); process.exit(7); }, 50);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', SETUP + script], {
    cwd: here,
    env: { ...process.env, FOLDER: tmpdir() },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [result, [code]] = await Promise.all([answer(child), once(child, 'exit')]);
  expect(result).toStrictEqual({ chunks: 0 });
  expect(code).toBe(7);
});
