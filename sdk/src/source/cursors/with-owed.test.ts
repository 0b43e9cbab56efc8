import { describe, expect, it } from 'vitest';
import { Page } from '../../protocol/page.ts';
import { timeWindow } from './time-window.ts';
import { type OwedParents, withOwed } from './with-owed.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 10, 20, 12);
const at = (minutes: number): string => new Date(NOW + minutes * MINUTE).toISOString();
const pageOf = (rows: readonly [id: string, minutes: number][]): Page =>
  Page.of(
    rows.map(([id, minutes]) => ({ id, updated: at(minutes) })),
    { id: 'id', updated: 'updated' },
  ) as unknown as Page;

const open = (saved: object | undefined) =>
  withOwed(timeWindow({ key: 'id', value: 'updated', safetyMinutes: 5 }), 'updated').open(saved as never, {
    begin: async () => NOW,
    warn: () => {},
  });

describe('a window over worklogs, and issues that are owed', () => {
  it('sends of an owed issue what the window does not bring, and owes it until it was written', async () => {
    const scan = await open({ position: at(-60), seen: {}, owed: ['1', '2'] });
    const [window, issues] = scan.parts;
    expect(scan.parts).toHaveLength(2);
    expect(window!.from).toEqual({ since: NOW - 60 * MINUTE, until: undefined });
    const { owed, brings } = issues!.from as OwedParents;
    expect(owed).toEqual(['1', '2']);
    const page = pageOf([
      ['a', -90],
      ['b', -60],
      ['c', -1],
    ]);
    brings(page, ['1']);
    expect([...issues!.fresh(page)!]).toEqual([1, 0, 0]);
    // The page is fetched, not written: the issue is owed still.
    expect(scan.state()).toMatchObject({ owed: ['1', '2'] });
    issues!.advance(page);
    expect(scan.state()).toEqual({ position: at(-60), begin: at(0), seen: {}, owed: ['2'] });
    // What is owed moves no position.
    window!.advance(pageOf([['d', -30]]));
    expect(scan.state()).toMatchObject({ position: at(-30), owed: ['2'] });
    window!.finish();
    expect(scan.state()).toMatchObject({ position: at(-5), owed: ['2'] });
    issues!.finish();
    expect(scan.state()).toEqual({ position: at(-5), seen: {} });
  });

  it('owes nothing where the window has no beginning: it brings everything', async () => {
    const scan = await open({ owed: ['1'] });
    expect(scan.parts).toHaveLength(1);
    expect(scan.parts[0]!.from).toEqual({ since: undefined, until: undefined });
    scan.parts[0]!.finish();
    expect(scan.state()).toEqual({ position: at(-5), seen: {} });
  });

  it('refuses a state that is none', async () => {
    await expect(open({ position: at(-60), seen: {}, owed: [1] })).rejects.toMatchObject({
      code: 'state.invalid',
    });
  });
});
