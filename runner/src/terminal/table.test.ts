import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { recordTable } from './record-table.ts';
import { rowTable } from './rows.ts';
import { table } from './table.ts';

const text = (line: unknown) => (typeof line === 'string' ? line : (line as { text: string }).text);

test('a table is no wider than it may be, whatever stands in it, if all of it may be cut', () => {
  const cell = fc.oneof(
    fc.string({ unit: 'binary-ascii', maxLength: 60 }),
    fc.constantFrom('客户支持工单', '\u001b[2J', 'a\nb', ''),
  );
  const rows = fc
    .integer({ min: 1, max: 5 })
    .chain((columns) =>
      fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 4 }),
    );
  fc.assert(
    fc.property(rows, fc.integer({ min: 60, max: 140 }), (cells, width) => {
      const columns = (cells[0] as string[]).map((_, k) => ({ name: `c${k}`, cut: true }));
      const lines = table(columns, cells, width);
      const widths = new Set(lines.map((line) => stringWidth(line)));
      expect(Math.max(...widths)).toBeLessThanOrEqual(width);
      // One line a row, each as wide as the others.
      expect([lines.length, widths.size]).toEqual([cells.length + 4, 1]);
      expect(lines.join('')).not.toContain('\u001b');
    }),
    { numRuns: 100 },
  );
});

test('numbers are not cut; the widest text is', () => {
  const columns = [
    { name: 'n', align: 'right' as const },
    { name: 'short', cut: true },
    { name: 'long', cut: true },
  ];
  const [, , , row] = table(columns, [['12345678901234567890', 'abc', 'x'.repeat(100)]], 60);
  expect(row).toContain('12345678901234567890');
  expect(row).toContain('abc');
  expect(row).toContain('…');
});

test('a cell of a megabyte costs no time', () => {
  const lines = table([{ name: 'a', cut: true }], [['x'.repeat(1_000_000)]], 80);
  expect(lines.every((line) => line.length <= 80)).toBe(true);
});

test('records: keys first, telling fields before addresses and nested ones, what has no room is named', () => {
  const records = [
    { self: 'https://x', deep: { a: 1 }, name: 'one', id: 1 },
    { id: 2, more: null },
    'no object',
  ];
  const lines = recordTable(records, ['id'], 120).map(text);
  expect(lines[1]).toMatch(/│ id │ name │ more │ record +│ self +│ deep +│/);
  const narrow = recordTable(records, ['id'], 30).map(text);
  expect(narrow.at(-1)).toMatch(/^and \d more fields: .*self, deep$/);
  const wide = recordTable([{ a: 'x'.repeat(80), b: 'y'.repeat(80), c: 1 }], [], 60).map(text);
  expect(wide[1]).toMatch(/│ a +│ b +│ c │/);
});

test('rows: the columns that matter first, times and sizes for people, the last rows of many', () => {
  const row = {
    zeta: 1,
    compressed_bytes: 2_500_000,
    at: 'x',
    updated_at: '2026-11-20T09:08:07Z',
    stream: 'a',
    empty: null,
  };
  const lines = rowTable([row], ['stream', 'missing', 'updated_at'], 120);
  expect(lines[1]).toMatch(/│ stream │ updated at +│ zeta │ compressed bytes │ at │ empty │/);
  expect(lines[3]).toMatch(/│ a +│ 2026-11-20 09:08 │ +1 │ +2\.5 MB │ x +│ – +│/);
  const many = rowTable(
    Array.from({ length: 150 }, (_, n) => ({ n })),
    ['n'],
    80,
  );
  expect(many.join('\n')).toContain('│ 149 │');
  expect(many.at(-1)).toBe('the last 100 of 150 rows; --json has all');
  expect(rowTable([row], ['stream'], 30).at(-1)).toMatch(/^not shown: .*; --json has all$/);
});
