import { instantOf, type Page, recordsOf, selectOf } from '@headrace/sdk';
import { listPages } from '../answers/pages.ts';
import { statusOf } from '../answers/words.ts';
import type { BitbucketApi } from '../api.ts';
import { type Repository, repositoryPath } from '../site/repository.ts';
import { identified } from './identity.ts';

/** An entry of the activity, with its id. */
interface Entry {
  readonly bytes: Uint8Array;
  readonly time: number;
}

/** Entries of one repository's activity, newest first, as far as they were read. */
export interface Feed {
  /**
   * Reads on until everything since an instant is known, if that is worth it.
   * @param mostPages requests that it may cost at most
   * @returns whether everything since then is known
   */
  reaches(since: number, mostPages: number): Promise<boolean>;
  /** The entries of a pull request that are known. */
  of(pullRequest: string): readonly Uint8Array[];
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
  const entries = new Map<string, Entry[]>();
  let [newest, oldest, last] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let [read, bytes] = [0, 0];
  /** `over`: all of it was read; `given up`: it cannot be relied upon, or is too large. */
  let end: 'over' | 'given up' | undefined;

  function take(page: Page): void {
    read++;
    let isOrdered = true;
    for (const record of recordsOf(page)) {
      const { bytes: whole, identity } = identified(record);
      const { date = '', pullRequest } = identity;
      const time = instantOf(date);
      if (pullRequest === undefined || Number.isNaN(time)) {
        end = 'given up';
        return;
      }
      isOrdered &&= time <= last + SLACK_MS;
      last = time;
      newest = Math.max(newest, time);
      oldest = Math.min(oldest, time);
      bytes += whole.length;
      entries.set(pullRequest, [...(entries.get(pullRequest) ?? []), { bytes: whole, time }]);
    }
    if (!isOrdered)
      log.info(`${repository.slug}: the activity is not in order, so each pull request is asked for its own`);
    if (!isOrdered || bytes > MOST_BYTES) end = 'given up';
    if (end === 'given up') entries.clear();
  }

  async function readOn(): Promise<void> {
    try {
      const { done, value } = await pages.next();
      if (done) end = 'over';
      else take(value);
    } catch (error) {
      // Some paths are closed to some tokens. Each pull request has the same entries.
      if (![400, 403, 404, 410].includes(statusOf(error) ?? 0)) throw error;
      end = 'given up';
    }
  }

  const isKnown = (since: number): boolean =>
    end === 'over' || (end === undefined && oldest < since - SLACK_MS);
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
    of: (pullRequest) => (entries.get(pullRequest) ?? []).map((entry) => entry.bytes),
  };
}
