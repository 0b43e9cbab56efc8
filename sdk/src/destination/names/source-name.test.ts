import { describe, expect, it } from 'vitest';
import { sourceName } from './names.ts';

describe('the name of a source', () => {
  const streams = [
    { name: 'a', namespace: 'shop' },
    { name: 'b', namespace: 'shop' },
  ];
  it('is the flag, the option, its own name, the shared namespace, default', () => {
    expect(sourceName('flag', 'option', { sourceName: 'own', streams })).toBe('flag');
    expect(sourceName(undefined, 'option', { sourceName: 'own', streams })).toBe('option');
    expect(sourceName(undefined, undefined, { sourceName: 'own', streams })).toBe('own');
    expect(sourceName(undefined, undefined, { sourceName: undefined, streams })).toBe('shop');
    expect(
      sourceName(undefined, undefined, { sourceName: undefined, streams: [...streams, { name: 'c' }] }),
    ).toBe('default');
    expect(
      sourceName(undefined, undefined, { sourceName: undefined, streams: [{ name: 'c', namespace: '' }] }),
    ).toBe('default');
    expect(sourceName(undefined, undefined, { sourceName: undefined, streams: [] })).toBe('default');
  });
});
