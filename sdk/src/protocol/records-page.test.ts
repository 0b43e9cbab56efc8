import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cases, minified, objectText } from './fuzz.test-support.ts';
import { pageOfRecords, recordsOf } from './records-page.ts';
import { Selection } from './selection.ts';

const selection = new Selection<never, 'id'>({ records: '', record: { id: 'id' } });

it('a page of records has their bytes, in the order given', () => {
  fc.assert(
    fc.property(fc.array(objectText, { maxLength: 6 }), (texts) => {
      const page = selection.scan(Buffer.from(`[${texts.join(',')}]`));
      const reversed = pageOfRecords(recordsOf(page).reverse(), selection);
      const shown = recordsOf(reversed).map((record) => Buffer.from(record).toString());
      expect(shown).toEqual(
        recordsOf(page)
          .map((record) => Buffer.from(record).toString())
          .reverse(),
      );
      expect(shown.map(minified)).toEqual(texts.map(minified).reverse());
    }),
    cases(500),
  );
});

it('a page of no records is empty', () => {
  expect(pageOfRecords([], selection)).toMatchObject({ count: 0, hasRecords: true });
});
