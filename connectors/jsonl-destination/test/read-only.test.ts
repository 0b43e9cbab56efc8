import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import destination from '../src/destination.ts';
import { takeLock } from '../src/journal/lock.ts';
import { settingsOf, writeStreams } from './run.ts';
import { env } from './store.ts';

const folder = mkdtempSync(join(tmpdir(), 'headrace-read-only-'));
const mounted = join(folder, 'm');
const root = join(mounted, 'bronze');
mkdirSync(mounted);
/** It takes root, and a system that lets it mount. */
const canMount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', mounted]).status === 0;
const remount = (how: string) => execFileSync('mount', ['-o', `remount,${how}`, mounted]);

async function verb(name: string, options: Record<string, string | boolean> = {}): Promise<string> {
  const lines: string[] = [];
  const found = destination.verbs!.find((one) => one.name === name)!;
  const code = await found.run({
    config: settingsOf(root),
    options,
    out: (line) => lines.push(line),
    env: { ...env, processEnv: { HEADRACE_LOCK_WAIT_MS: '0' } },
  });
  return `${code} ${lines.join()}`;
}

describe.skipIf(!canMount)('a disk that is full', () => {
  it('can still be looked at', async () => {
    await writeStreams(root, { a: ['{"k":0}'] });
    const ballast = join(mounted, 'ballast');
    expect(() => writeFileSync(ballast, Buffer.alloc(8 << 20))).toThrow('ENOSPC');
    for (const name of ['state', 'verify', 'stats']) expect(await verb(name)).toMatch(/^0 /);
    rmSync(ballast);
    rmSync(root, { recursive: true });
  });
});

describe.skipIf(!canMount)('a folder that is mounted read-only', () => {
  beforeAll(async () => {
    await writeStreams(root, { a: ['{"k":1}', '{"k":2}'] });
    remount('ro');
  });
  afterAll(() => {
    execFileSync('umount', [mounted]);
    rmSync(folder, { recursive: true });
  });

  it('can be looked at', async () => {
    expect(await verb('state')).toBe('0 []');
    for (const name of ['manifest', 'stats'])
      expect(await verb(name, { json: true })).toContain('"records":2');
    expect(await verb('cursors', { json: true })).toBe('0 []');
    expect(await verb('verify', { json: true })).toMatch(/^0 .*"problems":\[\]/);
  });

  it('is refused in words where something would have to be written', async () => {
    const refused = { code: 'destination.read_only', message: 'cannot write: the folder is read-only' };
    await expect(verb('state', { reset: true })).rejects.toMatchObject(refused);
    await expect(verb('compact')).rejects.toMatchObject(refused);
    await expect(writeStreams(root, { a: ['{"k":3}'] })).rejects.toMatchObject(refused);
  });

  it('waits for a writer that sees the same folder writable', async () => {
    remount('rw');
    const lock = await takeLock({ root, source: 's', runId: 'writer', env });
    // Another mount of the same folder; this process may not have the lock file open twice.
    const script = `mount --bind "$1" "$2" && mount -o remount,bind,ro "$2" && exec "$3" --conditions=headrace:source --input-type=module -e '
      import { waitForWriter } from "${new URL('../src/journal/lock.ts', import.meta.url).pathname}";
      const log = { info() {} };
      const request = { root: process.argv[1], source: "s", runId: "r", env: { now: Date.now, log, processEnv: { HEADRACE_LOCK_WAIT_MS: "0" } } };
      await waitForWriter(request).then((lock) => { lock.release(); console.log("free"); }, (error) => console.log(error.message));
    ' "$2/bronze"`;
    const other = join(folder, 'other');
    mkdirSync(other);
    const look = () =>
      execFileSync('unshare', ['-m', 'sh', '-c', script, 'sh', mounted, other, process.execPath], {
        encoding: 'utf8',
      });
    expect(look()).toContain('is being written by another process: run writer');
    lock.release();
    expect(look()).toBe('free\n');
    remount('ro');
  });
});
