import { DataError } from '../../errors.ts';
import type { Page } from '../../protocol/page.ts';
import type { Cursor, CursorEnv, Scan, ScanPart } from '../cursor.ts';
import { hashTextHex } from './hash.ts';
import { type HeadsState, headsJson, parseHeads, shortName, type Walk } from './heads-state.ts';
import { idOf } from './window-rows.ts';

/** Which values of a commit are used, and how the current heads are requested. */
export interface HeadsOptions {
  /** The selected value that is a commit's hash. */
  readonly hash: string;
  /** The hashes of a commit's parents. */
  readonly parents: (page: Page, row: number) => readonly string[];
  /** Requests the current hashes of branches (and tags). Called once per scan, before it is read. */
  readonly current: () => Promise<readonly string[]>;
  /**
   * How many of the last commits the state of an unfinished walk contains, to drop them if they come again. Default: 256.
   * It only matters if the vendor's list is not strictly topological.
   */
  readonly recent?: number;
}

/** What one call of `read` has to return: what can be reached from `include` but not from `exclude`. */
export interface HeadsFrom {
  /** Where to begin. If `forget` has emptied it, there is nothing to request. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /**
   * Call it before the first page if the vendor does not know one of the hashes (after a force push, or because a branch
   * was removed). It is removed from both lists, and the heads of earlier scans replace it in `exclude`. Then repeat the
   * request. Commits that can only be reached around it are sent again.
   */
  readonly forget: (hash: string) => void;
}

/** The most walks that a state may have. Each kill adds one. After that, new commits wait for the next run. */
const WALKS_MOST = 8;
/** How many heads of earlier scans are kept, as bounds for a walk whose heads are gone. */
const OLDER_MOST = 64;
/** A finished walk leaves its 8th, 64th, 512th … commit as bounds, for heads that a force push discards later. */
const BOUND_EVERY = 8;
/** How many sent commits a process remembers. */
const RECENT_MOST = 20_000;

/**
 * For commits. `read` returns what can be reached from the current heads but not from those of the last finished scan. It
 * never uses dates, because they come from the clocks of authors.
 *
 * Its state: the `heads` of the last finished scan, and `older` heads and a few commits below them, as bounds for a walk
 * whose heads are gone. In an unfinished scan, also for each walk its `frontier` (parents of
 * sent commits that were not sent themselves) and what it excludes, and the `recent` commits, which are dropped if they
 * come again. So a walk that is killed continues where it was, beside a second one for what is new since. `read` must
 * yield children before their parents (Bitbucket's `commits` is topological). If it does not, commits that came more than
 * 20,000 commits before (`recent` of them after a kill) may be sent again.
 *
 * If a first walk ends although the parent of a commit has not come, the list was cut. The walk continues there, and
 * fails (`cursor.short`) if that returns nothing. In a walk with bounds this cannot be known, because such a parent may be
 * below them.
 *
 * A commit that is reached only through a branch that was absent during one scan is sent again. A commit that cannot be
 * read (`Page.unreadable`) keeps its walk open: the next run begins with it, and what is below it is sent again.
 */
export function heads(options: HeadsOptions): Cursor<HeadsFrom> {
  return { open: (saved, env) => openScan(options, parseHeads(saved), env) };
}

async function openScan(options: HeadsOptions, saved: HeadsState, env: CursorEnv): Promise<Scan<HeadsFrom>> {
  const now = new Set(await options.current());
  const begun = [...now].filter((hash) => !saved.heads.has(hash));
  const walks: Walk[] = [...saved.walks];
  let covered = new Set(saved.heads);
  if (begun.length > 0 && walks.length >= WALKS_MOST) {
    env.warn('reading was interrupted often: commits that are new since then will be read by the next run');
  } else if (begun.length > 0) {
    walks.push({ frontier: new Set(begun), exclude: new Set(saved.heads) });
    covered = new Set([...saved.heads, ...begun]);
  }
  const isCaughtUp = begun.every((hash) => covered.has(hash));
  const recent = new Set(saved.recent);
  const unfinished = new Set(walks);
  const forgotten = new Set<string>();
  /** Commits of finished walks: everything below them was sent. */
  const bounds: string[] = [];
  const nameOf = (hash: string): string => shortName(hash, hashTextHex);

  /** It removes many at a time, because removing the oldest from a Set gets slower with each removal. */
  function forgetOldest(): void {
    if (recent.size < 1.1 * RECENT_MOST) return;
    for (const oldest of recent) {
      if (recent.size <= RECENT_MOST) return;
      recent.delete(oldest);
    }
  }

  function partOf(walk: Walk): ScanPart<HeadsFrom> {
    let include = new Set(walk.frontier);
    /** Commits that exist but could not be read. The next run begins with them. */
    const owed = new Set<string>();
    /** What was left when the list had ended before. */
    let left = Number.POSITIVE_INFINITY;
    let sent = 0;
    const passed: string[] = [];
    return {
      from: {
        get include() {
          return [...include];
        },
        get exclude() {
          return [...walk.exclude];
        },
        forget(hash) {
          forgotten.add(hash);
          const isStart = include.delete(hash);
          walk.frontier.delete(hash);
          walk.exclude.delete(hash);
          covered.delete(hash);
          for (const old of saved.older) if (!forgotten.has(old)) walk.exclude.add(old);
          // What is below a start that is gone may now be reached from other heads.
          for (const head of isStart ? now : []) {
            if (forgotten.has(head)) continue;
            include.add(head);
            walk.frontier.add(head);
          }
        },
      },
      fresh(page) {
        const fresh = new Uint8Array(page.count);
        const here = new Set<string>();
        for (let row = 0; row < page.count; row++) {
          const hash = hashOf(options, page, row);
          if (!recent.has(nameOf(hash)) && !here.has(hash)) fresh[row] = 1;
          here.add(hash);
        }
        return fresh;
      },
      owe(keys) {
        for (const hash of keys) {
          owed.add(hash);
          walk.frontier.add(hash);
        }
      },
      advance(page) {
        for (let row = 0; row < page.count; row++) {
          const hash = hashOf(options, page, row);
          walk.frontier.delete(hash);
          owed.delete(hash);
          if (++sent === BOUND_EVERY ** (passed.length + 1)) passed.push(hash);
          recent.add(nameOf(hash));
          for (const parent of options.parents(page, row))
            if (!walk.exclude.has(parent) && !recent.has(nameOf(parent))) walk.frontier.add(parent);
        }
        forgetOldest();
      },
      again() {
        // Nothing bounds this walk, so it ends at commits without parents: what is left was cut off.
        const rest = walk.exclude.size > 0 ? [] : [...walk.frontier].filter((hash) => !owed.has(hash));
        if (rest.length === 0) return false;
        if (rest.length >= left)
          throw new DataError(
            `the list of commits ends before ${rest[0]}, which is a parent of one of them`,
            {
              code: 'cursor.short',
              hint: 'the vendor leaves commits out: the next run goes on there',
            },
          );
        left = rest.length;
        include = new Set(rest);
        return true;
      },
      finish() {
        if (owed.size === 0) {
          unfinished.delete(walk);
          bounds.push(...passed);
        }
        walk.frontier.clear();
        for (const hash of owed) walk.frontier.add(hash);
      },
      leaves: () => known().size < now.size,
    };
  }

  /** The heads of now, without those that were listed and that the vendor does not know yet: the next run walks from them. */
  const known = (): ReadonlySet<string> => new Set([...now].filter((hash) => !forgotten.has(hash)));

  function state(): HeadsState {
    const left = walks.filter((walk) => unfinished.has(walk));
    // When all walks are finished, only the current heads bound the next walk.
    const kept = left.length === 0 && isCaughtUp ? known() : covered;
    const gone = [...saved.heads].filter((hash) => !kept.has(hash));
    const older = [...new Set([...gone, ...bounds, ...saved.older])].filter(
      (hash) => !kept.has(hash) && !forgotten.has(hash),
    );
    return {
      heads: kept,
      older: older.slice(0, OLDER_MOST),
      walks: left,
      recent: [...recent],
    };
  }

  return { parts: walks.map(partOf), state: () => headsJson(state(), options.recent ?? 256) };
}

/** @throws DataError for a commit without a hash */
const hashOf = ({ hash }: HeadsOptions, page: Page, row: number): string => idOf(page, row, hash);
