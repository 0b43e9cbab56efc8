import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));

it('writes all of a text where the descriptor is non-blocking and its reader slow', async () => {
  const script = `
    import { writeAll } from './stdio.ts';
    process.stdout; // Node makes a pipe non-blocking as soon as its stream is asked for
    writeAll(1, 'a line of states '.repeat(100_000));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: here,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let text = '';
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    text += chunk;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(await closed).toEqual([0, null]);
  expect(text).toBe('a line of states '.repeat(100_000));
});
