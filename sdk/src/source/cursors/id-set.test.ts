import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases } from '../../protocol/fuzz.test-support.ts';
import { IdSet, idSetOf } from './id-set.ts';
import { decodeSorted, encodeSorted } from './rice.ts';

const setOf = (ids: Iterable<string>): IdSet => {
  const set = new IdSet();
  for (const id of ids) set.add(id);
  return set;
};
const reread = (set: IdSet): string[] => [...idSetOf(JSON.parse(JSON.stringify(set.json())))!];

describe('a set of ids', () => {
  it('comes back from its JSON, whatever the ids are', () => {
    const id = fc.oneof(
      fc.integer({ min: 0, max: 300 }).map(String),
      fc.maxSafeNat().map(String),
      fc.uuid(),
      fc.string(),
      fc.constantFrom('', '007', '-1', '1e3', '1.5', '9007199254740993', 'a', 'aa', 'aaa'.repeat(30)),
    );
    fc.assert(
      fc.property(fc.array(id, { maxLength: 60 }), (ids) => {
        const set = setOf(ids);
        expect(set.size).toBe(new Set(ids).size);
        expect(new Set(reread(set))).toEqual(new Set(ids));
        for (const one of ids) expect(set.has(one)).toBe(true);
        expect(set.has('never')).toBe(ids.includes('never'));
      }),
      cases(2000),
    );
  });

  it('of 200,000 numbers takes at most 0.35 MB of JSON, ten to two hundred apart', () => {
    for (const apart of [1, 10, 100, 200]) {
      let last = 10_000;
      let seed = 7;
      const set = setOf(
        Array.from({ length: 200_000 }, () => {
          seed = (seed * 48_271) % 2_147_483_647;
          last += 1 + Math.floor(-Math.log(seed / 2_147_483_647) * (apart - 1));
          return String(last);
        }),
      );
      const bytes = JSON.stringify(set.json()).length;
      console.log(`200,000 ids, ${apart} apart: ${(bytes / 1e6).toFixed(3)} MB`);
      expect(bytes).toBeLessThanOrEqual(350_000);
    }
  });

  it('is not spoilt by an id that is far away', () => {
    const set = setOf(['1', '2', '3', String(Number.MAX_SAFE_INTEGER), '4']);
    expect(reread(set)).toEqual(['1', '2', '3', '4', String(Number.MAX_SAFE_INTEGER)]);
    expect(JSON.stringify(set.json()).length).toBeLessThan(60);
  });

  it('refuses what it has not written', () => {
    for (const text of ['', '3', 'x.1.AA', '99.1.AA', '0.999999999.AA', '0.2.', '0.1.A A'])
      expect(decodeSorted(text)).toBeUndefined();
    expect([...decodeSorted(encodeSorted([]))!]).toEqual([]);
    for (const saved of [
      null,
      'a',
      { numbers: 5 },
      { numbers: 'a' },
      { texts: {} },
      { texts: [5] },
      { texts: [''] },
    ])
      expect(idSetOf(saved)).toBeUndefined();
  });
});
