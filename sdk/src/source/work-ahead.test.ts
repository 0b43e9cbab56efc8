import { expect, it } from 'vitest';
import { workAhead } from './work-ahead.ts';

it('brings what is under way before it fails with what the items ended with', async () => {
  async function* items() {
    yield* [1, 2, 3];
    throw new Error('the list broke');
  }
  const brought: number[] = [];
  const work = async (item: number) => {
    await new Promise((done) => setTimeout(done, 10 - 3 * item));
    return 10 * item;
  };
  const read = async () => {
    for await (const result of workAhead(items(), 4, work)) brought.push(result);
  };
  await expect(read()).rejects.toThrow('the list broke');
  expect(brought).toEqual([10, 20, 30]);
});

it('waits for what is under way when nobody wants more', async () => {
  let open = 0;
  const work = async (item: number) => {
    open++;
    await new Promise((done) => setTimeout(done, 5));
    open--;
    return item;
  };
  for await (const _ of workAhead([1, 2, 3, 4, 5], 3, work)) break;
  expect(open).toBe(0);
});
