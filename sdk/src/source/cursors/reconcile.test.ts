import { describe, expect, it } from 'vitest';
import { isoUtc } from '../../protocol/instant.ts';
import { pageOf } from './drive.test-support.ts';
import { HashSet } from './hash-set.ts';
import { missedPages } from './reconcile.ts';

const RANGE = { since: undefined, until: undefined };
const UPDATED = isoUtc(Date.parse('2026-01-10T00:00:00Z'));

interface Setup {
  /** What was read of the range. */
  readonly read: readonly string[];
  /** Answers of the count, one after the other. */
  readonly counts: number[];
  /** Answers of the list of ids, one after the other; the last one stays. */
  readonly lists: string[][];
  /** What can be fetched. */
  readonly there?: readonly string[];
  readonly countedBefore?: number;
}

/** What is found to be missing. */
async function missing({ read, counts, lists, there = [], countedBefore }: Setup) {
  const [sent, owed, warnings]: [string[], string[], string[]] = [[], [], []];
  const met = new HashSet();
  for (const id of read) met.add(id);
  let listed = 0;
  const pages = missedPages({
    range: RANGE,
    count: async () => counts.shift(),
    ids: async function* () {
      yield lists[Math.min(listed++, lists.length - 1)]!;
    },
    fetch: async function* (ids) {
      const found = there.filter((id) => ids.includes(id));
      if (found.length > 0) yield pageOf(found.map((id) => ({ id, updated: UPDATED })));
    },
    key: 'id',
    countedBefore,
    met,
    inRange: () => read.length,
    owe: (ids) => void owed.push(...ids),
    warn: (message) => void warnings.push(message),
  });
  for await (const page of pages) sent.push(...page.values('id'));
  return { sent, owed, warnings, listed };
}

describe('what a list left out', () => {
  it('is not looked for if the count is not higher than what was read', async () => {
    const setup = { read: ['1'], counts: [1], lists: [['1', '2']], there: ['2'] };
    expect(await missing(setup)).toMatchObject({ sent: [], listed: 0 });
  });

  it('is looked for by the count from before, too: a record that was read and moved on hides one that was missed', async () => {
    const setup = { read: ['1'], counts: [1], lists: [['2']], there: ['2'], countedBefore: 2 };
    expect(await missing(setup)).toEqual({
      sent: ['2'],
      owed: [],
      warnings: ['1 records that a search did not return were found by their ids'],
      listed: 1,
    });
  });

  it('is gone if it is no longer listed when it cannot be fetched, and owed if it is', async () => {
    const gone = await missing({ read: ['1'], counts: [2, 1], lists: [['1', '2'], ['1']] });
    expect(gone).toMatchObject({ sent: [], owed: [], listed: 2 });
    const there = await missing({ read: ['1'], counts: [2, 2], lists: [['1', '2']] });
    expect(there).toMatchObject({ sent: [], owed: ['2'] });
  });

  it('is unknown if the list and the ids return much less than is counted twice', async () => {
    const lists = [['1', '2']];
    await expect(missing({ read: ['1'], counts: [23, 23], lists, there: ['2'] })).rejects.toMatchObject({
      code: 'cursor.short',
      message: 'the range from the beginning has 2 rows, where 23 are counted',
    });
    // A count may be a little off, and what left meanwhile is not missed.
    for (const counts of [
      [22, 22],
      [23, 2],
    ])
      expect((await missing({ read: ['1'], counts, lists, there: ['2'] })).sent).toEqual(['2']);
  });

  it('is not looked for by a count that is no number', async () => {
    await expect(missing({ read: [], counts: [-1], lists: [[]] })).rejects.toThrow(/count of rows is -1/);
  });
});
