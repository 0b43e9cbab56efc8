import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases } from '../../protocol/fuzz.test-support.ts';
import { Page } from '../../protocol/page.ts';
import { hashHex } from '../cursors/hash.ts';
import type { Parent } from './define.ts';
import { entriesByBytes } from './entries-by-bytes.ts';

const BEGIN = Date.parse('2026-05-01T00:00:00Z');
const DAY = 86_400_000;

interface Entry {
  readonly id: string;
  readonly body: string;
}

/** A parent as one reading of it sees it. */
const parentOf = (key: string, ageDays = 0, isOpen = false): Parent => ({
  key,
  page: Page.of([{ key }], {}) as unknown as Page,
  row: 0,
  time: BEGIN - ageDays * DAY,
  since: undefined,
  isAskedAgain: true,
  isOpen,
});

function open(saved?: unknown, isResumed = false) {
  const warnings: string[] = [];
  const entries = entriesByBytes<Parent, 'id'>(({ key }, page, row) => `${key}/${page.id(row, 'id')}`).open(
    saved,
    { settled: BEGIN, horizon: BEGIN - 30 * DAY, isResumed, warn: (text) => void warnings.push(text) },
  );
  return {
    warnings,
    /** Reads the entries of a parent once, in pages; returns what is sent. */
    read(parent: Parent, ...pages: ReadonlyArray<readonly Entry[]>): Entry[] {
      return pages.flatMap((rows) => {
        const page = Page.of(rows, { id: 'id' }) as Page<string, 'id'>;
        const fresh = entries.fresh(page, parent);
        // Reading is not asking twice.
        expect(entries.fresh(page, parent)).toEqual(fresh);
        entries.written(page, parent, fresh);
        return rows.filter((_, row) => fresh[row] === 1);
      });
    },
    finish: () => entries.finish(),
    json: () => JSON.parse(JSON.stringify(entries.json() ?? null)) ?? undefined,
  };
}

const entry = (id: number, body = ''): Entry => ({ id: String(id), body });

describe('entries by their bytes', () => {
  it('come once over any number of pages, and again if their bytes changed, also back', () => {
    const first = open();
    const [a, b, c] = [entry(1), entry(2), entry(3)];
    expect(first.read(parentOf('7'), [a, b], [c, a])).toEqual([a, b, c]);
    first.finish();
    const second = open(first.json());
    const changed = entry(2, 'changed');
    expect(second.read(parentOf('7'), [a, changed, c])).toEqual([changed]);
    expect(second.read(parentOf('7'), [a, b, c])).toEqual([b]);
    expect(second.read(parentOf('8'), [a])).toEqual([a]);
  });

  it('are remembered of parents that are not read, up to the horizon', () => {
    const first = open();
    first.read(parentOf('young', 29), [entry(1)]);
    first.read(parentOf('old', 31), [entry(1)]);
    first.finish();
    expect(Object.keys(first.json())).toEqual(['young']);
    const second = open(first.json());
    second.finish();
    const third = open(second.json());
    expect(third.read(parentOf('young', 29), [entry(1)])).toEqual([]);
    expect(third.read(parentOf('old', 31), [entry(1)])).toEqual([entry(1)]);
  });

  it('are remembered of old parents in the minute that the scan has reached: a resumed one reads them again', () => {
    const first = open();
    const second = 1000 / DAY;
    first.read(parentOf('before', 40), [entry(1)]);
    first.read(parentOf('one', 39 - second), [entry(1)], [entry(2)]);
    first.read(parentOf('two', 39 - 5 * second), [entry(1)]);
    expect(Object.keys(first.json())).toEqual(['one', 'two']);
    const resumed = open(first.json(), true);
    expect(resumed.read(parentOf('one', 39 - second), [entry(1), entry(2)])).toEqual([]);
    expect(resumed.read(parentOf('three', 38), [entry(1)])).toHaveLength(1);
    resumed.finish();
    expect(resumed.json()).toBe(undefined);
  });

  it('are read from the states of earlier releases, which kept a hash by name', () => {
    const [a, b] = [entry(1), entry(2)];
    const saved = { '7/1': hashHex(Buffer.from(JSON.stringify(a))), '7/2': 'ffffffffffffffff' };
    const first = open(saved, true);
    expect(first.read(parentOf('7'), [a, b])).toEqual([b]);
    expect(first.json()).toMatchObject(saved);
    const second = open(first.json());
    expect(second.read(parentOf('7'), [a, b])).toEqual([]);
    second.finish();
    expect(Object.keys(second.json())).toEqual(['7']);
  });

  it('are at most 20,000 per partition; the others come each time, with a warning', () => {
    const all = Array.from({ length: 19_999 }, (_, id) => entry(id));
    const first = open();
    first.read(parentOf('1'), all);
    expect(first.read(parentOf('2'), [entry(1), entry(2)])).toHaveLength(2);
    first.finish();
    expect(first.warnings).toEqual([expect.stringContaining('2 of them')]);
    const second = open(first.json());
    expect(second.read(parentOf('1'), all)).toEqual([]);
    expect(second.read(parentOf('2'), [entry(1), entry(2)])).toHaveLength(2);
  });

  it.each([{ 7: 5 }, { 7: ['x', ''] }, { 7: [1, 'AAAA'] }, []])('refuse the state %j', (saved) => {
    expect(() => open(saved)).toThrow(/another kind/);
  });

  it('bring the last bytes of each, and each change once, saved and read at any time', () => {
    const step = fc.record({
      parent: fc.integer({ min: 0, max: 2 }),
      rows: fc.uniqueArray(fc.record({ id: fc.nat(4), body: fc.constantFrom('a', 'b') }), {
        selector: ({ id }) => id,
        minLength: 1,
      }),
      pages: fc.integer({ min: 1, max: 3 }),
      isSaved: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let entries = open();
        /** What the last reading of each parent returned. */
        const last = new Map<number, Map<number, string>>();
        for (const { parent, rows, pages, isSaved } of steps) {
          const before = last.get(parent) ?? new Map<number, string>();
          const expected = rows.filter(({ id, body }) => before.get(id) !== body);
          const cut = Math.ceil(rows.length / pages);
          const parts = Array.from({ length: pages }, (_, n) =>
            rows.slice(n * cut, (n + 1) * cut).map(({ id, body }) => entry(id, body)),
          ).filter((part) => part.length > 0);
          expect(entries.read(parentOf(String(parent)), ...parts)).toEqual(
            expected.map(({ id, body }) => entry(id, body)),
          );
          last.set(parent, new Map(rows.map(({ id, body }) => [id, body])));
          if (!isSaved) continue;
          entries.finish();
          entries = open(entries.json());
        }
      }),
      cases(1000),
    );
  });
});
