import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPattern, nameMatcher } from './name-matcher.ts';

const one = (pattern: string, name: string, ignoreCase = false): boolean =>
  nameMatcher([pattern], { ignoreCase })(name);

describe('nameMatcher', () => {
  it.each([
    ['acme/web', 'acme/web', true],
    ['acme/web', 'acme/web-shop', false],
    ['acme/web-*', 'acme/web-shop', true],
    ['acme/*', 'acme/web/deep', false],
    ['acme/**', 'acme/web/deep', true],
    ['**/web', 'web', true],
    ['**/web', 'a/b/web', true],
    ['**/web', 'a/b/cobweb', false],
    ['**', 'a/b', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['a.c', 'abc', false],
    ['a(b)+[c]', 'a(b)+[c]', true],
  ])('%s matches %s: %s', (pattern, name, expected) => {
    expect(one(pattern, name)).toBe(expected);
  });

  it('matches nothing without patterns, and any of several', () => {
    expect(nameMatcher([])('a')).toBe(false);
    expect(nameMatcher(['a', 'b*'])('bc')).toBe(true);
  });

  it('can ignore case', () => {
    expect(one('Acme/*', 'acme/Web')).toBe(false);
    expect(one('Acme/*', 'acme/Web', true)).toBe(true);
  });

  it('takes every name without marks for itself alone', () => {
    const plain = fc.string({ unit: 'binary' }).filter((name) => !isPattern(name));
    fc.assert(
      fc.property(
        plain,
        plain,
        (pattern, name) => one(pattern, pattern) && one(pattern, name) === (pattern === name),
      ),
    );
  });
});
