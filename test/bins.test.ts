import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { ended, environment } from './processes.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const bins = [
  'connectors/jira-source/bin/jira-source',
  'connectors/bitbucket-source/bin/bitbucket-source',
  'connectors/jenkins-source/bin/jenkins-source',
  'connectors/jsonl-destination/bin/jsonl-destination',
  'runner/bin/headrace',
  'sandbox/bin/headrace-sandbox',
];
const sandbox = bins.at(-1)!;
const { version } = JSON.parse(readFileSync(join(root, 'connectors/jira-source/package.json'), 'utf8')) as {
  version: string;
};
const folder = mkdtempSync(join(tmpdir(), 'headrace-bins-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A Node on this machine that is too old for us, or undefined. */
function oldNode(): string | undefined {
  const found = spawnSync('which', ['-a', 'node'], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
  return found.find(
    (node) => Number(/^v(\d+)/.exec(execFileSync(node, ['--version'], { encoding: 'utf8' }))?.[1]) < 22,
  );
}

describe('the commands', () => {
  it('have identical text', () => {
    const [first, ...others] = bins.map((bin) => readFileSync(join(root, bin), 'utf8'));
    for (const other of others) expect(other).toBe(first);
  });

  it('say what to do if they are not built', () => {
    mkdirSync(join(folder, 'unbuilt/bin'), { recursive: true });
    writeFileSync(join(folder, 'unbuilt/package.json'), '{"type":"module"}');
    cpSync(join(root, bins[0]!), join(folder, 'unbuilt/bin/x'));
    const { status, stderr } = spawnSync(process.execPath, [join(folder, 'unbuilt/bin/x'), 'spec'], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([1, 'This program is not built yet. Run: npm run build\n']);
  });

  const old = oldNode();

  it.skipIf(!old)('start the project’s own Node if the current one is too old', () => {
    const { status, stdout } = spawnSync(old!, [join(root, bins[0]!), 'spec'], { encoding: 'utf8' });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'SPEC' });
  });

  it.skipIf(!old)('say what is needed if there is no suitable Node', () => {
    const { status, stderr } = spawnSync(old!, [join(folder, 'unbuilt/bin/x'), 'spec'], { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^This program needs Node 22\.20 or newer; this is Node [\d.]+\.\n$/);
  });

  it.skipIf(!old)(
    'end by the signal their own Node ended by, and do not outlive a killed launcher',
    async () => {
      const start = () =>
        spawn(old!, [join(root, sandbox), 'jira', '--port', '0'], {
          stdio: ['ignore', 'pipe', 'pipe'],
          env: environment(),
        });
      const first = start();
      const firstEnded = ended(first);
      await new Promise((resolve) => first.stdout.once('data', resolve));
      first.kill('SIGTERM');
      const { code, signal } = await firstEnded;
      expect(code === 0 || signal === 'SIGTERM').toBe(true);

      const second = start();
      const url = await new Promise<string>((resolve) =>
        second.stdout.once('data', (text: Buffer) => resolve(/http:\/\/[^ ]+/.exec(text.toString())![0])),
      );
      expect((await fetch(`${url}/_sandbox/stats`)).ok).toBe(true);
      // stdout closes when the last process that holds it exits, which is the sandbox started by the launcher.
      const closed = new Promise((resolve) => second.once('close', resolve));
      second.kill('SIGKILL');
      await closed;
      await expect(fetch(`${url}/_sandbox/stats`)).rejects.toThrow();
    },
  );

  it('work through a symlink, as npm installs them', () => {
    symlinkSync(join(root, bins[0]!), join(folder, 'linked'));
    expect(
      spawnSync(process.execPath, [join(folder, 'linked'), '--version'], { encoding: 'utf8' }).stdout.trim(),
    ).toBe(version);
  });
});
