import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeName, encodeName, streamFolder } from './encode-name.ts';

/** Any string, lone surrogates and control characters included, and what people really try. */
const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
    .map((codes) => String.fromCharCode(...codes)),
  fc.constantFrom(
    '../x',
    'a/b',
    'A',
    'a',
    'CON',
    'con',
    'con.txt',
    '.hidden',
    '..',
    '.',
    '',
    'a.b',
    '%',
    '%41',
    'nul',
    'a\0b',
    '_headrace',
    '\u212a',
    'é',
  ),
  fc.string({ minLength: 200, maxLength: 400 }),
);

describe('a name as a path component', () => {
  it('keeps the names of our streams as they are', () => {
    for (const same of ['issues', 'issue_changelogs', 'pr_comments', 'jira', 'jira-prod-2'])
      expect(encodeName(same)).toBe(same);
    expect([
      encodeName('Ab'),
      encodeName('a b'),
      encodeName('_x'),
      encodeName('a.b'),
      encodeName('con'),
    ]).toEqual(['%41b', 'a%20b', '%5Fx', 'a%2Eb', '%63on']);
  });

  it('stays inside its folder on every system', () => {
    fc.assert(
      fc.property(name, (text) => {
        const component = encodeName(text);
        expect(component).toMatch(/^[a-z0-9%-][A-Za-z0-9_%-]*$/);
        expect(component.length).toBeLessThanOrEqual(200);
        expect(component).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)$/i);
      }),
    );
  });

  it('can be read back, unless it was too long', () => {
    fc.assert(
      fc.property(name, (text) => {
        const component = encodeName(text);
        expect(decodeName(component)).toBe(component.includes('%-') ? undefined : text);
      }),
    );
  });

  it('is one of its own, also where the disk ignores case', () => {
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(encodeName(a).toLowerCase() === encodeName(b).toLowerCase()).toBe(a === b);
      }),
    );
    const long = 'x'.repeat(300);
    expect(encodeName(`${long}1`)).not.toBe(encodeName(`${long}2`));
    expect(streamFolder(long, long).length).toBeLessThanOrEqual(200);
  });

  it('with a namespace is no other stream’s', () => {
    fc.assert(
      fc.property(
        fc.tuple(name, fc.option(name, { nil: undefined })),
        fc.tuple(name, fc.option(name, { nil: undefined })),
        (a, b) => {
          const same = a[0] === b[0] && a[1] === b[1];
          expect(streamFolder(...a).toLowerCase() === streamFolder(...b).toLowerCase()).toBe(same);
        },
      ),
    );
  });
});
