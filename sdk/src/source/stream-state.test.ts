import { describe, expect, it } from 'vitest';
import { parseStreamState } from './stream-state.ts';

const stream = { name: 'issues' };
const read = (saved: unknown) => parseStreamState(saved as never, stream, 'acme.atlassian.net');

describe('a stream’s saved state', () => {
  it.each([null, undefined, {}])('%j means from scratch', (saved) => {
    expect(read(saved)).toEqual({ version: 1, origin: 'acme.atlassian.net', partitions: {} });
  });

  it('keeps partitions as they are, unknown keys aside', () => {
    const saved = {
      version: 1,
      origin: 'acme.atlassian.net',
      partitions: { 10000: { position: 'x' } },
      later: true,
    };
    expect(read(saved).partitions).toEqual({ 10000: { position: 'x' } });
  });

  it('of another site names both and hints at --source', () => {
    const act = () => read({ version: 1, origin: 'other.atlassian.net', partitions: {} });
    expect(act).toThrow(/other\.atlassian\.net.*acme\.atlassian\.net/);
    expect(act).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('--source'), failureType: 'config_error' }),
    );
  });

  it.each([
    { cursor: 'x' },
    { version: 2, origin: 'acme.atlassian.net', partitions: {} },
    { version: 1, origin: 'a', partitions: null },
  ])('%j is refused', (saved) => {
    expect(() => read(saved)).toThrow();
  });

  it('of an older version is migrated, or refused where the stream cannot', () => {
    const saved = { version: 1, origin: 'o', partitions: { a: { at: 1 } } };
    const migrateState = (partitions: object, version: number) => ({ b: { ...partitions, version } });
    const migrated = parseStreamState(saved, { name: 'issues', stateVersion: 3, migrateState }, 'o');
    expect(migrated).toEqual({ version: 3, origin: 'o', partitions: { b: { a: { at: 1 }, version: 1 } } });
    const act = () => parseStreamState(saved, { name: 'issues', stateVersion: 3 }, 'o');
    expect(act).toThrow(expect.objectContaining({ code: 'state.older' }));
  });
});
