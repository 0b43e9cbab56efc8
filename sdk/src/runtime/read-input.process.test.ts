import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readInput } from './read-input.ts';

test('a named pipe is refused, whoever would have to write into it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-io-'));
  const pipe = join(folder, 'config.json');
  execFileSync('mkfifo', [pipe]);
  await expect(readInput(pipe, '--config')).rejects.toMatchObject({
    code: 'input.unreadable',
    message: `${pipe} is a named pipe, and a file is needed`,
  });
  rmSync(folder, { recursive: true });
});
