import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cases, embed, jsonText, LONG, LONG_STRING, minified, objectText } from './fuzz.test-support.ts';
import { InvalidJsonError } from './json-bytes.ts';
import { Page } from './page.ts';
import { Selection } from './selection.ts';

const paths = {
  fields: {
    whole: '',
    a: 'a',
    ab: 'a.b',
    again: 'a.b',
    xyid: 'x.y.id',
    none: '',
    proto: '__proto__',
    size: 'a.größe',
  },
  records: 'r',
  record: { self: '', id: 'id', idToo: 'id', x: 'x', xy: 'x.y', long: 'a_key_of_more_than_31_bytes_______' },
} as const;
type FieldName = keyof typeof paths.fields;
type ValueName = keyof typeof paths.record;
const selection = new Selection<FieldName, ValueName>(paths);

/** The value at a path according to JSON.parse; a path does not lead through arrays. */
function pick(value: unknown, path: string): unknown {
  let at = value;
  for (const name of path === '' ? [] : path.split('.')) {
    if (typeof at !== 'object' || at === null || Array.isArray(at)) return undefined;
    if (!Object.hasOwn(at, name)) return undefined;
    at = (at as { [name: string]: unknown })[name];
  }
  return at;
}

function expectSame(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toStrictEqual(expected);
}

/**
 * Scans a text somewhere in a larger buffer and compares everything with JSON.parse; then the same with a long
 * text.
 */
function compare(text: string, before: number, after: Uint8Array): void {
  compareOne(text, before, after);
  const [opening, rest] = [text.trimStart()[0], text.trimStart().slice(1)];
  const comma = /^\s*[\]}]/.test(rest) ? '' : ',';
  if (opening === '{') compareOne(`{"long":${LONG_STRING}${comma}${rest}`, before, after);
  if (opening === '[') compareOne(`[${LONG_STRING}${comma}${rest}`, before, after);
}

function compareOne(text: string, before: number, after: Uint8Array): void {
  const { bytes, start, end } = embed(Buffer.from(text), before, after);
  const parsed: unknown = JSON.parse(text);
  const there = pick(parsed, paths.records);
  const isRecord = typeof there === 'object' && there !== null;
  if (there !== undefined && !isRecord) {
    expect(() => selection.scan(bytes, start, end)).toThrow('the records are looked for at');
    return;
  }
  const list = isRecord && !Array.isArray(there) ? [there] : (there as unknown[] | undefined);
  const page = selection.scan(bytes, start, end);
  for (const [name, path] of Object.entries(paths.fields)) {
    expectSame(page.field(name as FieldName), pick(parsed, path));
    const span = page.fieldSpan(name as FieldName);
    if (span) expectSame(JSON.parse(bytes.toString('utf8', ...span)), pick(parsed, path));
  }
  expect(page.hasRecords).toBe(list !== undefined);
  const records: unknown[] = list ?? [];
  expect(page.count).toBe(records.length);
  records.forEach((record, row) => {
    const slice = Buffer.from(page.record(row)).toString();
    expectSame(JSON.parse(slice), record);
    expect(slice).not.toMatch(/[\r\n]/);
    expect(minified(slice)).toBe(minified(slice.trim()));
    expect(page.isObject(row)).toBe(typeof record === 'object' && record !== null && !Array.isArray(record));
    for (const [name, path] of Object.entries(paths.record)) {
      expectSame(page.value(row, name as ValueName), pick(record, path));
      expect(page.has(row, name as ValueName)).toBe(pick(record, path) !== undefined);
    }
  });
}

describe('a scan finds what JSON.parse finds', () => {
  const around = [fc.nat(7), fc.uint8Array({ maxLength: 6 })] as const;

  test('in any JSON text, at any place of a buffer', { timeout: LONG }, () => {
    fc.assert(fc.property(jsonText, ...around, compare), cases(6000));
  });

  test('in pages of records', { timeout: LONG }, () => {
    const page = fc
      .tuple(objectText, fc.array(fc.oneof({ weight: 5, arbitrary: objectText }, jsonText), { maxLength: 5 }))
      .map(
        ([rest, records]) => `{"r":[${records.join(',')}]${rest === '{}' ? '' : `,${rest.slice(1, -1)}`}}`,
      );
    fc.assert(fc.property(page, ...around, compare), cases(4000));
  });

  test('and a record with line breaks is minified, one without is the vendor’s bytes', {
    timeout: LONG,
  }, () => {
    const property = fc.property(fc.array(jsonText, { minLength: 1, maxLength: 4 }), (records) => {
      const page = new Selection({ records: '' }).scan(Buffer.from(`[${records.join(',')}]`));
      records.forEach((record, row) => {
        const trimmed = record.trim();
        const broken = minified(trimmed) !== trimmed && /[\r\n]/.test(trimmed);
        expect(Buffer.from(page.record(row)).toString()).toBe(broken ? minified(trimmed) : trimmed);
      });
    });
    fc.assert(property, cases(2000));
  });
});

describe('the list of records', () => {
  const scan = (text: string, records = 'a.r') => new Selection({ records }).scan(Buffer.from(text));

  test('that is missing is no empty page', () => {
    expect(scan('{"a":{}}').hasRecords).toBe(false);
    expect(scan('{"a":null}').hasRecords).toBe(false);
    expect(scan('[]').hasRecords).toBe(false);
    expect(scan('{"a":{"r":[]}}').hasRecords).toBe(true);
    expect(scan('{"a":{"r":[]}}').count).toBe(0);
  });

  test('that is something else is refused, in words that say what is there', () => {
    expect(() => scan('{"a":{"r":7,"s":[]}}')).toThrow('looked for at “a.r”, and “a.r” is a number');
    expect(() => scan('{"a":{"r":null}}')).toThrow('“a.r” is null');
    expect(() => scan('"text"', '')).toThrow('a list of records was expected, not a string');
    // An error in its own envelope must not become a record.
    expect(() => scan('{"errors":["no"]}', '')).toThrow('not an object: it has errors');
    // A name that is cut could contain half a secret, which nothing recognises any more.
    const long = 'x'.repeat(41);
    expect(() => scan(`{"${long}":1,"s":1}`, '')).toThrow(/it has s, … \(2\)$/);
    expect(() => scan(`{"${long}":1}`, '')).toThrow(/it has … \(1\)$/);
  });

  test('that is one object is one record', () => {
    const page = new Selection({ records: 'a.r', fields: { n: 'a.n' }, record: { id: 'id' } }).scan(
      Buffer.from('{\n"a":{"r":{"id":7,\n"x":[]},"n":1}}'),
    );
    expect([page.count, page.hasRecords, page.value(0, 'id'), page.field('n')]).toEqual([1, true, 7, 1]);
    expect(Buffer.from(page.record(0)).toString()).toBe('{"id":7,"x":[]}');
  });

  test('is empty where null stands and may, missing where nothing stands', () => {
    const nullable = (text: string, records = 'a.r') =>
      new Selection({ records, nullable: true }).scan(Buffer.from(text));
    for (const page of [nullable('{"a":{"r":null}}'), nullable('{"a":null}'), nullable('null', '')])
      expect([page.hasRecords, page.count]).toEqual([true, 0]);
    for (const text of ['{"a":{}}', '{}', '{"b":null}', '{"a":7}'])
      expect(nullable(text).hasRecords, text).toBe(false);
    expect(() => nullable('{"a":{"r":7}}')).toThrow('a number');
    expect(nullable('{"a":null,"a":{"r":[1]}}').count).toBe(1);
    expect(nullable('{"a":{"r":[1]},"a":null}').count).toBe(0);
  });

  test('counts once where a key above it comes twice', () => {
    expect(scan('{"a":{"r":[1,2]},"a":{"r":[3]}}').count).toBe(1);
    expect(scan('{"a":{"r":[1,2]},"a":{}}').hasRecords).toBe(false);
    expect(scan('{"a":{"r":7},"a":{"r":[3]}}').count).toBe(1);
  });
});

describe('an answer that is one record', () => {
  const whole = new Selection({ records: '.', record: { id: 'id', errors: 'a.errors' } });

  test('is that record, with the values that JSON.parse finds', { timeout: LONG }, () => {
    const property = fc.property(objectText, fc.nat(7), fc.nat(7), (text, before, behind) => {
      const bytes = Buffer.from(`${'x'.repeat(before)}${text}${'}'.repeat(behind)}`);
      const page = whole.scan(bytes, before, bytes.length - behind);
      expect(page.count).toBe(1);
      expect(page.hasRecords).toBe(true);
      const slice = Buffer.from(page.record(0)).toString();
      expect(slice).toBe(/[\r\n]/.test(text.trim()) ? minified(text) : text.trim());
      expectSame(page.value(0, 'id'), pick(JSON.parse(text), 'id'));
      expectSame(page.value(0, 'errors'), pick(JSON.parse(text), 'a.errors'));
    });
    fc.assert(property, cases(2000));
  });

  test('is refused where it is cut, followed by something or no record', () => {
    for (const text of ['', ' ', '{', '{"id":1', '{"id":1}{}', '{"id":1}]', '[{]', 'nul'])
      expect(() => whole.scan(Buffer.from(text)), text).toThrow(InvalidJsonError);
    for (const text of ['7', '"text"', 'null', '[]', '[{"id":1}]'])
      expect(() => whole.scan(Buffer.from(text)), text).toThrow('one record was expected');
  });

  test('has no fields beside it', () => {
    expect(() => new Selection({ records: '.', fields: { a: 'a' } })).toThrow(RangeError);
  });
});

test('a million nested arrays and objects are walked without recursion', () => {
  const deep = `{"a":${'['.repeat(500_000)}${'{"b":'.repeat(500_000)}1${'}'.repeat(500_000)}${']'.repeat(500_000)},"id":7}`;
  const page = new Selection({ fields: { id: 'id' } }).scan(Buffer.from(deep));
  expect(page.field('id')).toBe(7);
  expect(() => new Selection({}).scan(Buffer.from(deep.slice(0, -2)))).toThrow(InvalidJsonError);
});

test('a page can be scanned again and again, other buffers between', () => {
  const reused = new Page(new Selection({ fields: { a: 'a' }, records: 'r', record: { x: 'x' } }));
  for (let i = 0; i < 200; i++) {
    const records = Array.from({ length: i }, (_, x) => ({ x }));
    reused.selection.scan(
      Buffer.from(JSON.stringify(i % 3 ? { a: i, r: records } : { r: records })),
      0,
      undefined,
      reused,
    );
    expect(reused.field('a')).toBe(i % 3 ? i : undefined);
    expect(reused.count).toBe(i);
    if (i > 0) expect(reused.value(i - 1, 'x')).toBe(i - 1);
    expect(() => reused.value(i, 'x')).toThrow(RangeError);
  }
});

test('invalid UTF-8 is passed on and read as replacement characters', () => {
  const bytes = Buffer.from('{"r":[{"x":"a\xff\xc3","y":"\xe6\xa7"}]}', 'latin1');
  const page = new Selection({ records: 'r', record: { x: 'x' } }).scan(bytes);
  expect(page.text(0, 'x')).toBe('a\ufffd\ufffd');
  expect(page.isUtf8).toBe(false);
  expect(Buffer.from(page.record(0)).toString('latin1')).toBe('{"x":"a\xff\xc3","y":"\xe6\xa7"}');
});

describe('Page.id', () => {
  test('is a string as it reads, a number by its digits, and nothing else', () => {
    const selection = new Selection({ records: '', record: { id: 'id' } });
    const page = selection.scan(
      Buffer.from(
        '[{"id":1790000000000000001},{"id":1790000000000000002},{"id":"a\\u00e9\\"b"},{"id":-7},{"id":null},{"id":true},{},{"id":1.0}]',
      ),
    );
    expect(Array.from({ length: page.count }, (_, row) => page.id(row, 'id'))).toEqual([
      '1790000000000000001',
      '1790000000000000002',
      'aé"b',
      '-7',
      undefined,
      undefined,
      undefined,
      '1.0',
    ]);
  });
});

test('a column is the text that identifies of each record; a record without it is told', () => {
  const page = Page.of([{ id: 'a' }, { id: 7 }, { id: null }], { id: 'id' });
  expect(() => page.values('id')).toThrow(
    'record 3 of the 3 of a page came without a id, after the record with 7',
  );
  page.count = 2;
  expect(page.values('id')).toEqual(['a', '7']);
  const big = new Selection<never, 'id'>({ records: 'rows', record: { id: 'id' } }).scan(
    Buffer.from('{"rows":[{"id":1790000000000000001}]}'),
  );
  expect(big.values('id')).toEqual(['1790000000000000001']);
});
