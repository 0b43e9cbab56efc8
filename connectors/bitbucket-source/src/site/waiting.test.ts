import { expect, it } from 'vitest';
import type { Repository } from './repository.ts';
import { longestWaiting } from './waiting.ts';

const repository = (key: string): Repository => ({
  key,
  workspace: 'acme',
  slug: key,
  workspaceUuid: '{w}',
  createdOn: undefined,
  updatedOn: undefined,
  isNamed: false,
});
const all = ['a', 'b', 'c', 'd', 'e'].map(repository);
const stateOf = (partitions: object) => ({ version: 1, origin: 'x', partitions });
const order = (streams: readonly string[], states: ReadonlyMap<string, never>): string[] =>
  longestWaiting(all, streams, states).map(({ key }) => key);

it('those that were never read come first, then those that were read longest ago, and equals stay in order', () => {
  const states = new Map([
    [
      'pull_requests',
      stateOf({
        a: { position: '2026-01-03T00:00:00.000Z' },
        b: { position: '2026-01-01T00:00:00.000Z' },
        d: { position: '2026-01-02T00:00:00.000Z', begin: '2026-01-09T00:00:00.000Z' },
      }),
    ],
  ]) as unknown as ReadonlyMap<string, never>;
  expect(order(['pull_requests'], states)).toEqual(['c', 'e', 'b', 'd', 'a']);
});

it('of several streams the one that was read last counts, and one without a state does not', () => {
  const states = new Map<string, object | null>([
    [
      'one',
      stateOf({ a: { readAt: '2026-01-05T00:00:00.000Z' }, b: { readAt: '2026-01-05T00:00:00.000Z' } }),
    ],
    [
      'other',
      stateOf({ a: { readAt: '2026-01-01T00:00:00.000Z' }, b: { readAt: '2026-01-06T00:00:00.000Z' } }),
    ],
    ['third', null],
  ]) as unknown as ReadonlyMap<string, never>;
  expect(order(['one', 'other', 'third'], states)).toEqual(['c', 'd', 'e', 'a', 'b']);
});

it('without states, nothing has been read', () => {
  expect(order(['pull_requests'], new Map<string, never>())).toEqual(['a', 'b', 'c', 'd', 'e']);
});
