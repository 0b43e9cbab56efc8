import { describe, expect, it } from 'vitest';
import { Page } from '../../protocol/page.ts';
import type { Parent } from './define.ts';
import { entriesByTime } from './entries.ts';

const RECORD = { id: 'id', updated: 'updated' };
const SETTLED = Date.parse('2026-05-01T00:00:00Z');
const LATE = '2026-05-01T00:00:10Z';
const OWNER = { since: SETTLED - 1000, time: SETTLED } as Parent;

/** Reads pages once each; what of them was sent, the state after it, and what was said. */
function read(saved: unknown, ...pages: ReadonlyArray<readonly object[]>) {
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const entries = entriesByTime<'id' | 'updated'>('id', 'updated').open(saved, {
    settled: SETTLED,
    horizon: SETTLED,
    isResumed: false,
    warn,
  });
  const sent = pages.map((rows) => {
    const page = Page.of(rows, RECORD);
    const fresh = entries.fresh(page, OWNER);
    entries.written(page, OWNER, fresh);
    return [...fresh];
  });
  entries.finish();
  return { sent, saved: JSON.parse(JSON.stringify(entries.json() ?? null)) ?? undefined, warnings };
}

describe('entries by their time', () => {
  it('come once, and again if they changed within the same tick', () => {
    const entry = { id: '1', updated: LATE, body: 'a' };
    const first = read(undefined, [entry], [entry], [{ ...entry, body: 'b' }]);
    expect(first.sent).toEqual([[1], [0], [1]]);
    expect(read(first.saved, [{ ...entry, body: 'b' }], [{ ...entry, body: 'c' }]).sent).toEqual([[0], [1]]);
  });

  it('of the minute that a scan has reached are remembered until it goes on, although they are settled', () => {
    const entries = (saved?: unknown) =>
      entriesByTime<'id' | 'updated'>('id', 'updated').open(saved, {
        settled: SETTLED,
        horizon: SETTLED,
        isResumed: saved !== undefined,
        warn: () => {},
      });
    const page = Page.of([{ id: '1', updated: '2026-01-01T00:00:00Z' }], RECORD);
    const owner = (time: number) => ({ time, since: undefined }) as unknown as Parent;
    const first = entries();
    first.written(page, owner(60_000), first.fresh(page, owner(60_000)));
    const resumed = entries(first.json());
    expect([...resumed.fresh(page, owner(60_000))]).toEqual([0]);
    const other = Page.of([{ id: '2', updated: '2026-01-01T00:00:00Z' }], RECORD);
    first.written(other, owner(119_000), first.fresh(other, owner(119_000)));
    expect(Object.keys(first.json()!)).toEqual(['1', '2']);
    first.written(other, owner(120_000), first.fresh(other, owner(120_000)));
    expect(Object.keys(first.json()!)).toEqual(['2']);
    first.finish();
    expect(first.json()).toBe(undefined);
  });

  it('go by the time alone if an earlier release remembered no more', () => {
    const saved = { 1: Date.parse(LATE) };
    expect(read(saved, [{ id: 1, updated: LATE, body: 'a' }]).sent).toEqual([[0]]);
    expect(read(saved, [{ id: 1, updated: '2026-05-01T00:00:11Z' }]).sent).toEqual([[1]]);
  });

  it('are told apart by the digits of their ids', () => {
    const page = JSON.stringify([
      { id: 'A', updated: LATE },
      { id: 'B', updated: LATE },
    ])
      .replace('"A"', '9007199254740993')
      .replace('"B"', '9007199254740992');
    const scanned = Page.of([], RECORD).selection.scan(Buffer.from(page)) as Page<never, 'id' | 'updated'>;
    const entries = entriesByTime<'id' | 'updated'>('id', 'updated').open(undefined, {
      settled: SETTLED,
      horizon: SETTLED,
      isResumed: false,
      warn: () => {},
    });
    entries.written(scanned, OWNER, entries.fresh(scanned, OWNER));
    expect(Object.keys(entries.json()!).sort()).toEqual(['9007199254740992', '9007199254740993']);
  });

  it.each([
    ['their time', { id: '1', body: 'a' }],
    ['their time, which is null', { id: '1', updated: null, body: 'a' }],
    ['their key', { updated: LATE, body: 'a' }],
    ['both', { body: 'a' }],
  ])('that lack %s come whenever their bytes are new', (_, entry) => {
    const first = read(undefined, [entry], [entry]);
    expect(first.sent).toEqual([[1], [0]]);
    expect(first.warnings.length).toBe('updated' in entry && entry.updated ? 0 : 1);
    expect(read(first.saved, [entry], [{ ...entry, body: 'b' }]).sent).toEqual([[0], [1]]);
  });

  it('refuse a state that is another stream’s', () => {
    expect(() => read({ 1: 'a hash' })).toThrow(/another kind/);
  });
});
