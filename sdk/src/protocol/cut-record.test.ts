import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutRecord } from './cut-record.ts';
import { cases, LONG, minified, objectText } from './fuzz.test-support.ts';

const cut = (text: string, limit: number, ...keep: string[]) => {
  const { data, changes } = cutRecord(
    Buffer.from(text),
    limit,
    keep.map((path) => path.split('.')),
  );
  return {
    text: Buffer.from(data).toString(),
    changes: changes.map(({ field, change }) => `${change} ${field}`),
  };
};

test('a record within the limit is returned as it is', () => {
  const data = Buffer.from('{ "id": 1 }');
  expect(cutRecord(data, data.length, [])).toStrictEqual({ data, changes: [] });
  expect(cutRecord(data, data.length, []).data).toBe(data);
});

test('white space goes first, and is no change', () => {
  expect(cut('{ "id" : 1 , "a b" : [ 3.0 ] }', 24)).toStrictEqual({
    text: '{"id":1,"a b":[3.0]}',
    changes: [],
  });
});

test('the longest string loses what is too much; the rest stays the vendor’s bytes', () => {
  const text = `{"n":12345678901234567890,"f":{"d":"${'x'.repeat(100)}","t":"\\u00e9\\/"},"v":3.0,"id":"7"}`;
  expect(cut(text, text.length - 40, 'id')).toStrictEqual({
    text: text.replace('x'.repeat(100), 'x'.repeat(60)),
    changes: ['TRUNCATED f.d'],
  });
});

test('strings that must go together are cut to one length', () => {
  const text = JSON.stringify({ id: 1, a: 'a'.repeat(50), b: ['b'.repeat(60)], c: 'c'.repeat(9) });
  const { text: after, changes } = cut(text, text.length - 90, 'id');
  expect(JSON.parse(after)).toStrictEqual({
    id: 1,
    a: 'a'.repeat(10),
    b: ['b'.repeat(10)],
    c: 'c'.repeat(9),
  });
  expect(changes).toStrictEqual(['TRUNCATED a', 'TRUNCATED b.0']);
});

test('of many small values the smallest list that is enough becomes null', () => {
  const many = Array.from({ length: 300 }, (_, n) => ({ n, text: 'abc' }));
  const text = JSON.stringify({ id: 1, f: { more: many, less: many.slice(0, 100) }, other: many });
  const { text: after, changes } = cut(text, text.length - 1500, 'id');
  expect(JSON.parse(after)).toStrictEqual({ id: 1, f: { more: many, less: null }, other: many });
  expect(changes).toStrictEqual(['NULLED f.less']);
});

test('where no list is enough alone the largest goes first', () => {
  const list = (length: number) => Array.from({ length }, (_, n) => n);
  const text = JSON.stringify({ id: 1, a: list(300), b: list(400), c: list(200) });
  const { text: after, changes } = cut(text, 1200, 'id');
  expect(JSON.parse(after)).toStrictEqual({ id: 1, a: list(300), b: null, c: null });
  expect(changes).toStrictEqual(['NULLED b', 'NULLED c']);
});

test('of very many small members those that do not fit are left out, one change an object', () => {
  const members = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`m${n}`, n]));
  const text = JSON.stringify({ id: 1, f: { ...members, updated: '2026' }, ...members });
  const { text: after, changes } = cut(text, 6000, 'id', 'f.updated');
  const value = JSON.parse(after);
  expect(value).toMatchObject({ id: 1, m0: 0, f: { updated: '2026', m0: 0 } });
  expect(after.length).toBeGreaterThan(5980);
  expect(after.length).toBeLessThanOrEqual(6000);
  expect(changes).toStrictEqual(['TRUNCATED ']);
  expect(cut(text, 3000, 'id', 'f.updated').changes.sort()).toStrictEqual(['TRUNCATED ', 'TRUNCATED f']);
});

test('what stands under or above what is kept is not cut as a whole', () => {
  const long = 'x'.repeat(100);
  const text = JSON.stringify({ key: { a: long, b: [long] }, f: { updated: long, d: long } });
  const { text: after, changes } = cut(text, text.length - 90, 'key', 'f.updated');
  expect(JSON.parse(after)).toStrictEqual({
    key: { a: long, b: [long] },
    f: { updated: long, d: 'x'.repeat(10) },
  });
  expect(changes).toStrictEqual(['TRUNCATED f.d']);
});

test('a path to what must stay that leads through something else keeps nothing of it', () => {
  const text = JSON.stringify({ id: 1, f: 'x'.repeat(100) });
  expect(JSON.parse(cut(text, 40, 'id', 'f.updated').text)).toStrictEqual({ id: 1, f: 'x'.repeat(25) });
});

test('names written with escapes are known', () => {
  const text = `{"\\u0069d":"${'x'.repeat(50)}","a.b":"${'y'.repeat(50)}"}`;
  const { text: after, changes } = cut(text, text.length - 30, 'id');
  expect(JSON.parse(after)).toStrictEqual({ id: 'x'.repeat(50), 'a.b': 'y'.repeat(20) });
  expect(changes).toStrictEqual(['TRUNCATED a.b']);
});

test('what must stay and is too long alone is an error that names it', () => {
  const text = JSON.stringify({ id: 'PROJ-1', blob: { x: 'x'.repeat(500) }, more: 1 });
  expect(() => cut(text, 100, 'id', 'blob')).toThrow(
    expect.objectContaining({
      code: 'record.too_large',
      place: expect.stringMatching(/^id "PROJ-1", blob \{"x":"xxx.*…$/),
    }),
  );
  // Nothing would be left of it.
  expect(() => cut(JSON.stringify({ ['n'.repeat(200)]: 1 }), 100)).toThrow(
    expect.objectContaining({ code: 'record.too_large' }),
  );
});

test('a name as long as a record does not go into meta.changes', () => {
  const text = JSON.stringify({ id: 1, ['n'.repeat(5000)]: 'x'.repeat(5000) });
  const { changes } = cutRecord(Buffer.from(text), 7000, [['id']]);
  expect(JSON.stringify(changes).length).toBeLessThan(1000);
});

test('depth does not matter', () => {
  const deep = `{"id":1,"a":${'['.repeat(200_000)}${']'.repeat(200_000)},"b":"${'x'.repeat(100)}"}`;
  const { text: after, changes } = cut(deep, 300, 'id');
  expect(after).toMatch(/^\{"id":1,"a":\[{17}null\]{17},"b":"x{100}"\}$/);
  expect(changes).toStrictEqual([`NULLED a${'.0'.repeat(17)}`]);
});

describe('a string ends between two characters', () => {
  const units = [
    'a',
    '\\n',
    '\\"',
    '\\\\',
    '\\u00e9',
    '\\ud83d\\ude80',
    '\\ud83d',
    'é',
    '構',
    '🚀',
    '\u2028',
  ];
  test.each(units)('%j', (unit) => {
    const text = `{"id":1,"s":"${unit.repeat(40)}"}`;
    const whole = JSON.parse(text).s as string;
    const bytes = Buffer.byteLength(text);
    for (let limit = bytes - 1; limit > bytes - 39 * Buffer.byteLength(unit); limit--) {
      const { text: after } = cut(text, limit, 'id');
      const { s } = JSON.parse(after);
      expect(whole.startsWith(s)).toBe(true);
      expect(s).not.toContain('\ufffd');
      // No character that would have fitted is missing, and none is split.
      expect(limit - Buffer.byteLength(after)).toBeLessThan(Buffer.byteLength(unit));
      expect(s.length % JSON.parse(`"${unit}"`).length).toBe(0);
    }
  });
});

/** Applies the changes to the original value; everything that was not cut must be equal. */
function expectOnlyCut(
  before: unknown,
  after: unknown,
  field: string,
  changed: ReadonlyMap<string, string[]>,
): void {
  const done = changed.get(field) ?? [];
  if (done.includes('NULLED') && after === null) return;
  if (typeof before === 'string' && done.includes('TRUNCATED')) {
    expect(before.startsWith(after as string)).toBe(true);
  } else if (Array.isArray(before)) {
    expect((after as unknown[]).length).toBe(before.length);
    for (const [k, item] of before.entries())
      expectOnlyCut(item, (after as unknown[])[k], join(field, String(k)), changed);
  } else if (typeof before === 'object' && before !== null) {
    for (const [name, item] of Object.entries(before)) {
      if (Object.hasOwn(after as object, name))
        expectOnlyCut(item, (after as Record<string, unknown>)[name], join(field, name), changed);
      else expect(done).toContain('TRUNCATED');
    }
  } else expect(after).toBe(before);
}
const join = (field: string, name: string) => (field === '' ? name : `${field}.${name}`);

/** No name contains a dot or occurs twice in its object, so that each change names exactly one place. */
function isPlain(text: string, value: unknown): boolean {
  const colons = (json: string): number =>
    minified(json)
      .replace(/"(?:[^"\\]|\\.)*"/gs, '')
      .split(':').length;
  return (
    colons(text) === colons(JSON.stringify(value)) && !/"[^"]*\.[^"]*":/.test(text) && !text.includes('"":')
  );
}

const KEEP = [['id'], ['a', 'r'], ['x', 'a', 'b']];
const counted = { cut: 0, refused: 0, whole: 0, leftOut: 0, nulled: 0, compared: 0 };

test('any record at any limit: valid JSON within it, what must stay is there, the rest is as it was', {
  timeout: LONG,
}, () => {
  const property = fc.property(
    objectText,
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.nat(60),
    (text, share, extra) => {
      const before = Buffer.from(text);
      const limit = Math.floor(before.length * share) + extra;
      let result: ReturnType<typeof cutRecord>;
      try {
        result = cutRecord(before, limit, KEEP);
      } catch (error) {
        counted.refused++;
        expect(error).toMatchObject({ code: 'record.too_large' });
        return;
      }
      const { data, changes } = result;
      expect(cutRecord(before, limit, KEEP)).toStrictEqual(result);
      if (before.length <= limit) {
        counted.whole++;
        expect(data).toBe(before);
        return;
      }
      counted.cut++;
      expect(data.length).toBeLessThanOrEqual(limit);
      expect(changes.length).toBeLessThanOrEqual(24);
      const after = Buffer.from(data).toString();
      const [was, is] = [JSON.parse(text), JSON.parse(after)];
      if (changes.length === 0) expect(after).toBe(minified(text));
      for (const path of KEEP) {
        const at = (value: unknown) =>
          path.reduce<unknown>(
            (v, name) =>
              typeof v === 'object' && v !== null && !Array.isArray(v) && Object.hasOwn(v, name)
                ? (v as Record<string, unknown>)[name]
                : undefined,
            value,
          );
        expect(at(is)).toStrictEqual(at(was));
      }
      if (changes.some(({ change }) => change === 'NULLED')) counted.nulled++;
      const changed = new Map<string, string[]>();
      for (const { field, change } of changes) changed.set(field, [...(changed.get(field) ?? []), change]);
      if (changed.get('')) counted.leftOut++;
      if (!isPlain(text, was)) return;
      counted.compared++;
      expectOnlyCut(was, is, '', changed);
    },
  );
  fc.assert(property, cases(8000));
  // Each kind of cut must have occurred.
  for (const count of Object.values(counted)) expect(count).toBeGreaterThan(50);
});
