import { instantOf } from '../../protocol/instant.ts';
import type { Cursor, ScanPart } from '../cursor.ts';

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
      const scan = await inner.open(saved && state, env);
      const open = scan.parts.length > 0 ? scan.parts : [nothing<From>()];
      const unfinished = new Set(open);
      const owing = new Set<ScanPart<From>>();
      const watched = (part: ScanPart<From>): ScanPart<From> => ({
        ...part,
        get from() {
          return part.from;
        },
        // What is owed is asked for by the next run, whether anything moves or not: the part stays unfinished.
        owe:
          part.owe &&
          ((keys) => {
            owing.add(part);
            part.owe!(keys);
          }),
        finish() {
          part.finish();
          if (!owing.has(part)) unfinished.delete(part);
        },
      });
      return {
        ...scan,
        parts: open.map(watched),
        state: () => ({ ...scan.state(), ...(isSettled && unfinished.size === 0 ? { asOf: changed } : {}) }),
      };
    },
  };
}

/** The inner cursor has nothing to read, which is worth remembering. */
const nothing = <From>(): ScanPart<From> => ({
  from: undefined as From,
  pages: async function* () {},
  fresh: () => undefined,
  advance() {},
  finish() {},
});
