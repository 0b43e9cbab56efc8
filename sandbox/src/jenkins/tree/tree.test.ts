import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../http/refusal.ts';
import { byteWriter, written } from '../../http/writer.ts';
import { type Bean, bean, NOTHING_EXPORTED, Unexportable, type Value } from './bean.ts';
import { putBean } from './export.ts';
import { parseTree } from './parse.ts';
import { byDepth, byTree, type Pruner } from './pruner.ts';

function exported(object: Bean, pruner: Pruner, strict = false): string {
  const out = byteWriter(16);
  putBean(out, object, pruner, strict);
  return written(out).toString();
}
const asked = (tree: string, object: Bean = sample, strict = false): string =>
  exported(object, byTree(parseTree(tree)), strict);

let walks = 0;
const item = (number: number): Bean =>
  bean(
    't.Item',
    { name: `n${number}`, number, tags: ['a', 'b', 'c'], inside: bean(undefined, { deep: number * 10 }) },
    new Set(['name']),
  );
const sample = bean('t.Root', {
  actions: [NOTHING_EXPORTED, bean('t.Action', { causes: [bean('t.Cause', { text: 'why' })] })],
  allBuilds: {
    size: () => {
      walks++;
      return 7;
    },
    *items(min: number, max: number) {
      for (let number = min; number < max; number++) yield item(number);
    },
  },
  items: [item(0), item(1), item(2), item(3)],
  map: { entries: { 'a key': item(9), plain: 1 } },
  nothing: null,
  score: Number.NaN,
  text: 'quote " back\\slash\nline é 𝕁',
});

describe('tree', () => {
  it.each([
    ['text', '{"_class":"t.Root","text":"quote \\" back\\\\slash\\u000aline é \\ud835\\udd41"}'],
    ['unknown,nothing,items[unknown]{1}', '{"_class":"t.Root","items":[{"_class":"t.Item"}],"nothing":null}'],
    [
      'items[number,tags{1,}]{1,3}',
      '{"_class":"t.Root","items":[{"_class":"t.Item","number":1,"tags":["b","c"]},{"_class":"t.Item","number":2,"tags":["b","c"]}]}',
    ],
    [
      'items[*]{,1}',
      '{"_class":"t.Root","items":[{"_class":"t.Item","name":"n0","number":0,"tags":["a","b","c"],"inside":{}}]}',
    ],
    ['items[inside[*]]{3}', '{"_class":"t.Root","items":[{"_class":"t.Item","inside":{"deep":30}}]}'],
    ['items[number]{9,12}', '{"_class":"t.Root","items":[]}'],
    ['items[number]{3,1}', '{"_class":"t.Root","items":[]}'],
    [
      'actions[causes[*]]',
      '{"_class":"t.Root","actions":[{},{"_class":"t.Action","causes":[{"_class":"t.Cause","text":"why"}]}]}',
    ],
    [
      'allBuilds[number]{5,}',
      '{"_class":"t.Root","allBuilds":[{"_class":"t.Item","number":5},{"_class":"t.Item","number":6}]}',
    ],
    // A name given twice counts as given last; white space belongs to a name.
    ['items[name]{0},items[number]{1}', '{"_class":"t.Root","items":[{"_class":"t.Item","number":1}]}'],
    ['items[ name]{0}', '{"_class":"t.Root","items":[{"_class":"t.Item"}]}'],
    // The keys of a map are data.
    ['map[number]', '{"_class":"t.Root","map":{"a key":{"_class":"t.Item","number":9},"plain":1}}'],
    ['score', '{"_class":"t.Root","score":NaN}'],
  ])('%s', (tree, answer) => expect(asked(tree)).toBe(answer));

  it.each([
    '',
    ',',
    'a,',
    'a[',
    'a[]',
    'a]',
    'a{}',
    'a{1',
    'a{x}',
    'a{-1}',
    'a{1,2',
    'a{,}',
    'a{1}{2}',
    '[a]',
    'a[b]c',
    'a{99999999999}',
  ])('malformed: "%s" is a 500', (tree) => {
    expect(() => parseTree(tree)).toThrow(Refusal);
    try {
      parseTree(tree);
    } catch (error) {
      expect((error as Refusal).status).toBe(500);
    }
  });

  it('walks a long list once for its size, with a range or without', () => {
    walks = 0;
    asked('allBuilds[number]{0,1}');
    asked('allBuilds[number]');
    asked('items');
    expect(walks).toBe(2);
  });

  it('drops an item that throws, and fails elsewhere', () => {
    const fails = (): Value => {
      throw new Unexportable('broken');
    };
    const list = bean(undefined, {
      items: [item(1), bean('t.Item', { name: 'x', number: fails }), item(3)],
      member: fails,
    });
    expect(asked('items[number]', list)).toBe(
      '{"items":[{"_class":"t.Item","number":1},{"_class":"t.Item","number":3}]}',
    );
    expect(asked('items[name]', list)).toContain('"name":"x"');
    expect(asked('items[number]{1}', list)).toBe('{"items":[]}');
    expect(() => asked('member', list)).toThrow(Unexportable);
  });

  it('before 2.550, a range past the end of a plain list fails the whole answer, however deep it is', () => {
    expect(() => asked('items[number]{9,12}', sample, true)).toThrow(Refusal);
    expect(() => asked('items[number]{1,0}', sample, true)).toThrow(Refusal);
    expect(asked('items[number]{4,12}', sample, true)).toBe('{"_class":"t.Root","items":[]}');
    expect(asked('allBuilds[number]{9,12}', sample, true)).toBe('{"_class":"t.Root","allBuilds":[]}');
    const nested = bean(undefined, {
      jobs: [bean(undefined, { jobs: [1, 2, 3] }), bean(undefined, { jobs: [] })],
    });
    expect(() => asked('jobs[jobs{2,4}]', nested, true)).toThrow('fromIndex(2) > toIndex(0)');
    expect(asked('jobs[jobs{2,4}]', nested)).toBe('{"jobs":[{"jobs":[3]},{"jobs":[]}]}');
  });

  it('without a tree, shows the first level, and what always shows; depth shows more', () => {
    expect(exported(sample, byDepth(1))).toContain('"items":[{"_class":"t.Item","name":"n0"},');
    expect(exported(sample, byDepth(1))).not.toContain('allBuilds');
    expect(exported(sample, byDepth(0))).toContain('"inside":{"deep":0}');
    expect(exported(sample, byDepth(-2))).toContain('allBuilds');
  });

  it('ranges select what a slice would, in any list', () => {
    fc.assert(
      fc.property(
        fc.nat(6),
        fc.option(fc.nat(12), { nil: undefined }),
        fc.option(fc.nat(12), { nil: undefined }),
        (length, min, max) => {
          const values = Array.from({ length }, (_, i) => i);
          const range = min === undefined ? (max === undefined ? '' : `{,${max}}`) : `{${min},${max ?? ''}}`;
          const answer = asked(`list${range}`, bean(undefined, { list: values }));
          expect(answer).toBe(JSON.stringify({ list: values.slice(min ?? 0, max) }));
        },
      ),
    );
  });
});
