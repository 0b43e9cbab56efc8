import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkMessages, startTestApi } from '@headrace/sdk/testing';
import { expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

it('reads what the test API holds, byte for byte', async () => {
  const api = await startTestApi({ partitions: 5, records: 120, pageSize: 50 });
  const folder = mkdtempSync(join(tmpdir(), 'reference-source-'));
  try {
    const config = join(folder, 'c.json');
    writeFileSync(config, JSON.stringify({ base_url: api.url, token: api.token }));
    const args = ['--conditions=headrace:source', MAIN, 'read', '--config', config];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    const [code] = await once(child, 'close');
    expect(
      checkMessages(stdout, { command: 'read', streams: [{ name: 'groups' }, { name: 'items' }] }),
    ).toEqual([]);
    expect(code).toBe(0);
    const sent = stdout
      .split('\n')
      .filter((line) => line.includes('"stream":"items"') && line.includes('RECORD'));
    const payloads = sent.map((line) => line.slice(line.indexOf('"data":') + 7, -2)).sort();
    expect(payloads).toEqual([...api.items()].map((item) => api.bytes(item).toString()).sort());
  } finally {
    await api.stop();
    rmSync(folder, { recursive: true });
  }
});
