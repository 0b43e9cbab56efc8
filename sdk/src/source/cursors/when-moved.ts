import { instantOf, isoUtc } from '../../protocol/instant.ts';
import type { Cursor } from '../cursor.ts';
import { whenWhole } from './when-whole.ts';

/** What is known of a partition before it is read. */
export interface MovedOptions {
  /** When something in the partition last changed, as the vendor's list of partitions says; undefined: it says nothing. */
  readonly changed: string | undefined;
  /** How late a change may become visible, in that list or in the partition. A younger instant is not relied upon. */
  readonly safetyMinutes: number;
}

/**
 * Reads a partition only if it has changed since the last whole read, so that one that rests costs no request: the
 * list of partitions shows an instant that every change moves. It is kept in the state as `asOf`, once it is older
 * than the safety window, and only equality counts, so no clock is relied upon.
 * ```ts
 * cursor: (api, repository) =>
 *   whenMoved({ changed: repository.updatedOn, safetyMinutes: 60 }, heads({ … })),
 * ```
 */
export function whenMoved<From>({ changed, safetyMinutes }: MovedOptions, inner: Cursor<From>): Cursor<From> {
  return {
    ...inner,
    open: async (saved, env) => {
      if (saved && changed !== undefined && saved.asOf === changed) return { parts: [], state: () => saved };
      const isSettled =
        changed !== undefined && instantOf(changed) < (await env.begin()) - safetyMinutes * 60_000;
      const { asOf: _, ...state } = saved ?? {};
      return whenWhole(await inner.open(saved && state, env), isSettled ? { asOf: changed } : {});
    },
  };
}

/**
 * Keeps in the state when a partition was last read to its end, as `readAt`. A source whose hour of requests is too
 * short for all partitions can begin with those that have waited longest.
 */
export function withReadAt<From>(inner: Cursor<From>): Cursor<From> {
  return {
    ...inner,
    open: async (saved, env) => {
      const begin = await env.begin();
      const { readAt, ...state } = saved ?? {};
      const before = readAt === undefined ? {} : { readAt };
      return whenWhole(await inner.open(saved && state, env), { readAt: isoUtc(begin) }, before);
    },
  };
}
