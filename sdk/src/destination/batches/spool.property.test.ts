import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SpoolMemory } from './spool.ts';

interface Waiting {
  readonly data: string;
  readonly meta: string | undefined;
  readonly emittedAt: number | undefined;
  readonly ingestedAt: number;
}

const record = fc.record({
  data: fc.oneof(fc.json(), fc.constantFrom('{}', `{"x":"${'größe'.repeat(2000)}"}`)),
  meta: fc.option(fc.constantFrom('{}', '{"changes":[]}', ''), { nil: undefined }),
  emittedAt: fc.option(fc.nat(), { nil: undefined }),
  ingestedAt: fc.nat(),
});
const action = fc.oneof(
  { weight: 5, arbitrary: record },
  { weight: 4, arbitrary: fc.constantFrom('mark', 'cut', 'commit', 'spill') },
);

it('a spool gives back what was put in, in memory or on the disk, cut and dropped anywhere', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const memory = new SpoolMemory();
      const spool = memory.open();
      let waiting: Waiting[] = [];
      let marked = 0;
      let [from, mark] = [0, 0];
      for (const one of actions) {
        if (typeof one === 'object') {
          const bytes = Buffer.from(`,${one.data},`);
          const meta = one.meta === undefined ? undefined : Buffer.from(one.meta);
          spool.append(bytes, 1, bytes.length - 1, { ...one, meta });
          waiting.push(one);
        } else if (one === 'mark') [mark, marked] = [spool.end, waiting.length];
        else if (one === 'spill') spool.spill();
        else if (one === 'cut') {
          spool.cut(mark);
          waiting = waiting.slice(0, marked);
        } else {
          for (const _ of [1, 2]) {
            const read = Array.from(spool.read(from, mark), ({ data, meta, emittedAt, ingestedAt }) => ({
              ...{ data: data.toString(), meta: meta?.toString(), emittedAt, ingestedAt },
            }));
            expect(read).toEqual(waiting.slice(0, marked));
          }
          spool.drop(mark);
          from = mark;
          waiting = waiting.slice(marked);
          marked = 0;
        }
      }
      memory.close();
    }),
    { numRuns: 300 },
  );
});
