import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { hashInThread } from './hash-thread.ts';

it('hashes files side by side; when the thread has died everybody is told, whoever asks later too', async () => {
  const [a, b] = [hashInThread(), hashInThread()];
  await Promise.all([a.update(Buffer.from('a')), b.update(Buffer.from('b')), a.update(Buffer.from('c'))]);
  const sums = ['ac', 'b'].map((text) => createHash('sha256').update(text).digest('hex'));
  expect([await a.digest(), await b.digest()]).toEqual(sums);

  await expect(hashInThread().update(5 as never)).rejects.toThrow();
  // Until the thread is gone; from then on nothing that it is sent has an effect.
  await sleep(200);
  await expect(hashInThread().update(Buffer.from('a'))).rejects.toThrow();
});
