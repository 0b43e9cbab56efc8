import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('says what was thrown where nobody awaits it, and ends with 1', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'careless-'));
  try {
    writeFileSync(join(folder, 'c.json'), '{}');
    const main = fileURLToPath(new URL('main.ts', import.meta.url));
    const args = ['--conditions=headrace:source', main, 'read', '--config', join(folder, 'c.json')];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    const [code, signal] = await once(child, 'close');
    expect([code, signal]).toEqual([1, null]);
    const messages = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { trace?: { error?: object } });
    const errors = messages.flatMap(({ trace }) => (trace?.error ? [trace.error] : []));
    expect(errors).toMatchObject([{ message: 'nobody awaits this', failure_type: 'system_error' }]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
