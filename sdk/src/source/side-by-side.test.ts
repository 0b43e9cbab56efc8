import { expect, it } from 'vitest';
import { sideBySide } from './side-by-side.ts';

const soon = (ms: number) => new Promise((done) => setTimeout(done, ms));

it('asks for the next page of items while those of the last one are worked on', async () => {
  const log: string[] = [];
  async function* items() {
    for (let page = 0; page < 3; page++) {
      log.push(`page ${page}`);
      await soon(5);
      yield* [0, 1, 2, 3].map((k) => 4 * page + k);
    }
  }
  let open = 0;
  let most = 0;
  await sideBySide(items(), 2, async (item) => {
    most = Math.max(most, ++open);
    log.push(`item ${item}`);
    await soon(10);
    open--;
  });
  expect(most).toBe(2);
  expect(log.filter((one) => one.startsWith('item'))).toEqual(
    Array.from({ length: 12 }, (_, k) => `item ${k}`),
  );
  expect(log.indexOf('page 1')).toBeLessThan(log.indexOf('item 3'));
  expect(log.indexOf('page 2')).toBeLessThan(log.indexOf('item 7'));
});

it('fails with what the items failed with, once the others have ended', async () => {
  let ended = 0;
  async function* items() {
    yield 1;
    yield 2;
    throw new Error('no more');
  }
  const act = sideBySide(items(), 4, async () => {
    await soon(5);
    ended++;
  });
  await expect(act).rejects.toThrow('no more');
  expect(ended).toBe(2);
});
