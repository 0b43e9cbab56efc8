import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PageSlots } from './page-slots.ts';

const never = new AbortController().signal;
const turn = () => new Promise((done) => setImmediate(done));

describe('page slots', () => {
  it('go to the stream that holds the fewest', async () => {
    const slots = new PageSlots(4, never);
    for (let k = 0; k < 4; k++) await slots.take('big');
    const order: string[] = [];
    for (const stream of ['big', 'big', 'small', 'tiny', 'small'])
      void slots.take(stream).then(() => order.push(stream));
    for (let k = 0; k < 4; k++) {
      slots.give('big');
      await turn();
    }
    expect(order).toEqual(['small', 'tiny', 'big', 'small']);
  });

  it('wake nobody but with a reason once the run is stopped', async () => {
    const stop = new AbortController();
    const slots = new PageSlots(1, stop.signal);
    await slots.take('a');
    const waiting = slots.take('b');
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    await expect(slots.take('a')).rejects.toThrow('stopped');
  });

  it('are never more than there are, reach everybody, and differ between hungry streams by one at most', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 }),
        fc.infiniteStream(fc.nat(5)),
        async (most, pages, delays) => {
          const slots = new PageSlots(most, never);
          const held = pages.map(() => 0);
          let total = 0;
          const unserved = [...pages];
          await Promise.all(
            pages.flatMap((count, stream) =>
              Array.from({ length: count }, async () => {
                await slots.take(String(stream));
                unserved[stream]!--;
                held[stream]!++;
                expect(++total).toBeLessThanOrEqual(most);
                for (let k = delays.next().value; k > 0; k--) await Promise.resolve();
                held[stream]!--;
                total--;
                slots.give(String(stream));
              }),
            ),
          );
          expect(unserved.every((left) => left === 0)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});
