import { describe, expect, it } from 'vitest';
import { defaultPacing, StatePacer } from './pacing.ts';

describe('a state in mid-stream', () => {
  it('leaves after 5 s and 50 times its own bytes', () => {
    const pacer = new StatePacer(defaultPacing, 0);
    pacer.wrote(1);
    expect(pacer.due(4999)).toBe(false);
    expect(pacer.due(5000)).toBe(true);
    pacer.left(5000, 1000);
    pacer.wrote(49_999);
    expect(pacer.due(10_000)).toBe(false);
    pacer.wrote(1);
    expect(pacer.due(10_000)).toBe(true);
  });

  it('leaves after 60 s in any case', () => {
    const pacer = new StatePacer(defaultPacing, 0);
    pacer.left(0, 1_000_000);
    expect(pacer.due(59_999)).toBe(false);
    expect(pacer.due(60_000)).toBe(true);
  });
});
