import { describe, expect, it } from 'vitest';
import { parseStreamState, type Site } from './stream-state.ts';

const stream = { name: 'issues' };
const origin = 'acme.atlassian.net';
const read = (saved: unknown, former?: Site['former']) =>
  parseStreamState(saved as never, stream, { origin, former });

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

  it('of the name that the site had before becomes one of its name now', () => {
    const saved = { version: 1, origin: 'old.atlassian.net', partitions: { 10000: { position: 'x' } } };
    const option = 'config.former_base_url';
    expect(read(saved, { option, origins: ['old.atlassian.net'] })).toMatchObject({
      origin,
      partitions: saved.partitions,
    });
    expect(read({ ...saved, origin }, { option, origins: ['old.atlassian.net'] })).toMatchObject({ origin });
    for (const origins of [[], ['older.atlassian.net']])
      expect(() => read(saved, { option, origins })).toThrow(
        expect.objectContaining({
          code: 'state.other_origin',
          hint: expect.stringMatching(/set config\.former_base_url to its old address; .*--source/),
        }),
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
    const migrated = parseStreamState(
      saved,
      { name: 'issues', stateVersion: 3, migrateState },
      { origin: 'o' },
    );
    expect(migrated).toEqual({ version: 3, origin: 'o', partitions: { b: { a: { at: 1 }, version: 1 } } });
    const act = () => parseStreamState(saved, { name: 'issues', stateVersion: 3 }, { origin: 'o' });
    expect(act).toThrow(expect.objectContaining({ code: 'state.older' }));
  });
});
