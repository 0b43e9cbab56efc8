import { describe, expect, it } from 'vitest';
import { afterPage, type Next, type PageFacts } from './end-of-list.ts';

/**
 * A list of 25 rows with 10 per page: its second page, read up to row 18, without a total or a last-page field.
 */
const SECOND: PageFacts = {
  offset: 9,
  rows: 10,
  ahead: 10,
  size: 10,
  longest: 10,
  isFiltered: false,
  reached: 10,
  furthest: 10,
  isNew: true,
  distinct: 19,
  due: undefined,
  repeated: 0,
  short: 0,
  empty: 0,
  isLast: undefined,
  total: undefined,
  endsShort: false,
};
/** The last page of 22 rows; the page after it; and a page that repeats the first one. */
const LAST = { ...SECOND, offset: 18, rows: 4, ahead: 4, reached: 19, furthest: 19, distinct: 22 };
const BEHIND = { ...LAST, offset: 22, rows: 0, ahead: 0, reached: 22, furthest: 22, isNew: false, empty: 1 };
const REPEATED = { ...SECOND, offset: 18, reached: 19, furthest: 19, isNew: false, repeated: 1 };
const FILTERED = { ...SECOND, isFiltered: true, rows: 0, isNew: false, empty: 1 };

describe('what stands behind a page by offset', () => {
  it.each<[what: string, page: PageFacts, next: Next | 'cut']>([
    ['nothing told', SECOND, 'more'],
    ['not the last', { ...SECOND, isLast: false }, 'more'],
    ['the total is not reached', { ...SECOND, total: 25, due: 25 }, 'more'],
    ['the last, the total says more', { ...SECOND, isLast: true, total: 25, due: 25 }, 'more'],
    ['the last, though it is full', { ...SECOND, isLast: true }, 'more'],
    ['the total is too small', { ...SECOND, total: 15 }, 'more'],
    ['the total is too small, and it is the last', { ...SECOND, total: 15, isLast: true }, 'more'],
    ['the total is reached by offsets, not by rows', { ...SECOND, total: 19, due: 19, distinct: 14 }, 'more'],
    [
      'the total of a full page is its rows',
      { ...SECOND, offset: 0, reached: 0, total: 10, due: 10 },
      'more',
    ],
    ['and it is the last', { ...SECOND, offset: 0, reached: 0, total: 10, due: 10, isLast: true }, 'end'],

    ['the last page, nothing told', LAST, 'more'],
    ['a short page ends', { ...LAST, endsShort: true }, 'end'],
    ['the last', { ...LAST, isLast: true }, 'end'],
    ['the last at a round number', { ...LAST, isLast: true, distinct: 50 }, 'more'],
    ['the total is reached', { ...LAST, total: 22, due: 22 }, 'end'],
    ['the total is reached and it is not the last', { ...LAST, total: 22, due: 22, isLast: false }, 'more'],
    ['only known rows', { ...LAST, reached: 22, isNew: false }, 'end'],
    ['only known rows at a round number', { ...LAST, reached: 22, isNew: false, distinct: 100 }, 'round'],
    ['only known rows, not the last', { ...LAST, reached: 22, isNew: false, isLast: false }, 'beyond'],

    ['empty, nothing told', BEHIND, 'end'],
    ['empty at a round number', { ...BEHIND, distinct: 100 }, 'round'],
    ['empty at a multiple of the size', { ...BEHIND, distinct: 220, size: 110 }, 'round'],
    ['empty at a multiple of a small size', { ...BEHIND, distinct: 30 }, 'end'],
    ['empty, the last', { ...BEHIND, isLast: true, distinct: 100 }, 'end'],
    ['empty, not the last', { ...BEHIND, isLast: false }, 'beyond'],
    ['empty again, not the last', { ...BEHIND, isLast: false, empty: 2 }, 'end'],
    ['always empty, not the last', { ...BEHIND, isLast: false, empty: 2, distinct: 0 }, 'cut'],
    ['empty, all came, not the last', { ...BEHIND, isLast: false, due: 22 }, 'end'],
    ['empty, the total said more', { ...BEHIND, due: 25 }, 'beyond'],
    ['empty again, the total said more', { ...BEHIND, due: 25, empty: 2 }, 'short'],
    ['empty, the last, the total said more', { ...BEHIND, due: 25, isLast: true }, 'short'],

    ['repeated', REPEATED, 'again'],
    ['repeated three times', { ...REPEATED, repeated: 3 }, 'more'],
    ['repeated for ever', { ...REPEATED, repeated: 10, offset: 90 }, 'cut'],
    [
      'repeated for ever, the total says more',
      { ...REPEATED, repeated: 10, offset: 90, total: 60, due: 60 },
      'cut',
    ],
    ['repeated for ever, a short page', { ...REPEATED, rows: 4, ahead: 4, repeated: 9, short: 8 }, 'cut'],
    [
      'repeated for ever, all came, never the last',
      { ...REPEATED, repeated: 8, total: 28, due: 19, isLast: false },
      'end',
    ],
    ['repeated, and all came', { ...REPEATED, total: 28, due: 19 }, 'end'],
    ['repeated and the last', { ...REPEATED, repeated: 3, isLast: true }, 'end'],

    ['filtered to nothing', FILTERED, 'end'],
    ['filtered to nothing before the end', { ...FILTERED, total: 60 }, 'more'],
    ['filtered to nothing at the end', { ...FILTERED, total: 19 }, 'end'],
    ['filtered to nothing, not the last', { ...FILTERED, isLast: false }, 'more'],
    ['filtered to nothing for ever', { ...FILTERED, isLast: false, empty: 1001 }, 'cut'],
    [
      'filtered, and the total counts places',
      { ...FILTERED, rows: 3, isNew: true, total: 19, due: 19 },
      'end',
    ],
  ])('%s', (_, page, next) => {
    const found = afterPage(page);
    expect(typeof found === 'object' ? 'cut' : found).toBe(next);
  });
});
