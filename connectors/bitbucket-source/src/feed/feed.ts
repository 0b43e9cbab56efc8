import { instantOf, isHeadraceError, type Page, recordsOf, selectOf } from '@headrace/sdk';
import { listPages } from '../answers/pages.ts';
import type { BitbucketApi } from '../api.ts';
import { fullName, type Repository, repositoryPath } from '../site/repository.ts';
import { identified } from './identity.ts';

/** Entries of one repository's activity, newest first, as far as they were read. */
export interface Feed {
  /**
   * Reads on until everything since an instant is known, if that is worth it.
   * @param since when something happened to one of the pull requests
   * @param mostPages requests that it may cost at most
   * @returns whether everything since then is known
   */
  reaches(since: number, mostPages: number): Promise<boolean>;
  /** The entries of a pull request that are known. */
  of(pullRequest: string): readonly Uint8Array[];
  /** The pull requests that something is known to have happened to since an instant. */
  activeSince(since: number): readonly string[];
}

/** More is refused with 400 (docs/vendors/bitbucket-cloud.md, Paging). */
export const ACTIVITIES_A_PAGE = 50;
/** So many bytes of entries are held for a repository; with more, each pull request is asked for its own. */
const MOST_BYTES = 16 << 20;
/** Pages after which it is estimated whether the rest is worth its requests. */
const ESTIMATED_AFTER = 2;
/** Entries may be this much out of order: they are written one after the other. */
const SLACK_MS = 1000;

const NOTHING = selectOf({});
const feeds = new WeakMap<Repository, Feed>();

/** The activity of a whole repository, shared by all that need it in this run. */
export function feedOf(api: BitbucketApi, repository: Repository): Feed {
  const known = feeds.get(repository) ?? openFeed(api, repository);
  feeds.set(repository, known);
  return known;
}

function openFeed({ http, log }: BitbucketApi, repository: Repository): Feed {
  const request = {
    path: repositoryPath(repository, '/pullrequests/activity'),
    query: { pagelen: ACTIVITIES_A_PAGE },
  };
  const pages = listPages(http, request, NOTHING);
  /** By pull request, then by id: a list that moves while it is read shows some entries twice. */
  const entries = new Map<string, Map<string, Uint8Array>>();
  /** When something last happened to a pull request. */
  const active = new Map<string, number>();
  let [newest, oldest] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  let [read, bytes] = [0, 0];
  /** `over`: there is no next page; `given up`: it cannot be relied upon, or is too large. */
  let end: 'over' | 'given up' | undefined;

  function giveUp(why: string): void {
    end = 'given up';
    entries.clear();
    active.clear();
    log.info(`${fullName(repository)}: each pull request is asked for its own activity: ${why}`);
  }

  function take(page: Page): void {
    read++;
    for (const record of recordsOf(page)) {
      const { bytes: whole, identity } = identified(record);
      const { id, date = '', pullRequest } = identity;
      const time = instantOf(date);
      const isOdd = pullRequest === undefined || Number.isNaN(time);
      if (isOdd || time > oldest + SLACK_MS) {
        giveUp(isOdd ? 'an entry has no date or pull request' : 'the entries are not in order');
        return;
      }
      newest = Math.max(newest, time);
      oldest = Math.min(oldest, time);
      const own = entries.get(pullRequest) ?? new Map<string, Uint8Array>();
      entries.set(pullRequest, own.set(id, whole));
      active.set(pullRequest, Math.max(active.get(pullRequest) ?? time, time));
      bytes += whole.length;
    }
    if (bytes > MOST_BYTES) giveUp('the entries are too many to be held');
  }

  async function readOn(): Promise<void> {
    try {
      const { done, value } = await pages.next();
      if (done) end = 'over';
      else take(value);
    } catch (error) {
      // Each pull request lists the same entries. If it is no fault of this list, that will fail too.
      giveUp((error as Error).message);
      if (!isHeadraceError(error)) throw error;
    }
  }

  /** A list that ends before that instant was cut, whatever it says: something must have happened then. */
  const isKnown = (since: number): boolean =>
    end !== 'given up' && (oldest < since - SLACK_MS || (end === 'over' && oldest <= since + SLACK_MS));
  /** How many pages it takes in all, if entries are spread evenly. */
  const estimate = (since: number): number => (read * (newest - since)) / Math.max(1, newest - oldest);

  return {
    reaches: async (since, mostPages) => {
      for (let more = 0; end === undefined && !isKnown(since); more++) {
        if (more >= mostPages) return false;
        if (read >= ESTIMATED_AFTER && estimate(since) - read > mostPages - more) return false;
        await readOn();
      }
      return isKnown(since);
    },
    of: (pullRequest) => [...(entries.get(pullRequest)?.values() ?? [])],
    activeSince: (since) => [...active].filter(([, time]) => time >= since).map(([id]) => id),
  };
}
