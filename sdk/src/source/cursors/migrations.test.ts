import { describe, expect, it } from 'vitest';
import { eachPartition, migrations } from './migrations.ts';

describe('migrations of a stream’s state', () => {
  const { stateVersion, migrateState } = migrations({
    2: eachPartition(({ since, ...rest }, key) =>
      key === 'gone' ? undefined : { ...rest, position: since ?? 'start' },
    ),
    3: (partitions) =>
      Object.fromEntries(Object.entries(partitions).map(([key, state]) => [key.toUpperCase(), state])),
  });

  it('bring a state up from any version that has a step, one after the other', () => {
    expect(stateVersion).toBe(4);
    expect(migrateState({ a: { since: 'x', seen: {} }, gone: {} }, 2)).toEqual({
      A: { position: 'x', seen: {} },
    });
    expect(migrateState({ a: { since: 'x' } }, 3)).toEqual({ A: { since: 'x' } });
    expect(migrateState({ a: { since: 'x' } }, 4)).toEqual({ a: { since: 'x' } });
  });

  it('refuse a state that is too old', () => {
    expect(() => migrateState({}, 1)).toThrow(/no longer be read/);
    expect(() => migrateState({}, Number.NaN)).toThrow(/no longer be read/);
  });

  it('refuse steps that are have gaps', () => {
    expect(() => migrations({ 1: (states) => states, 3: (states) => states })).toThrow(/have gaps/);
    expect(() => migrations({})).toThrow(/have gaps/);
    expect(() => migrations({ 0: (states) => states })).toThrow(/have gaps/);
  });
});
