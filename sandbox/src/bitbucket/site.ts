import { type Service, serviceOf } from '../http/service.ts';
import { type Credentials, credentialsOf } from './credentials.ts';
import { bitbucketFaults, bitbucketLimits } from './limits.ts';
import { type BitbucketOptions, type BitbucketSettings, settingsOf } from './options.ts';
import type { Commit, Repository } from './store/facts.ts';
import { generatedStore } from './store/generate.ts';
import { recordedStore } from './store/recorded.ts';
import type { Store } from './store/store.ts';

/** A repository whose paths are refused. */
interface Denial {
  repository: Repository;
  status: 403 | 404;
  /** The paths below the repository that are refused, such as `pipelines`; undefined: all of them. */
  below: string | undefined;
}

/** The whole state of a sandbox, including what control commands changed. Routes and control work on it. */
export interface Site extends Service {
  settings: BitbucketSettings;
  store: Store;
  credentials: Credentials;
  denials: Denial[];
  /** Former addresses, `workspace/slug`, of repositories that were renamed. */
  formerNames: Map<string, Repository>;
  /** `size` of lists. */
  sizes: 'right' | 'missing' | 'wrong';
  /** Set if `next` leads to another host than the one that was asked. */
  linkOrigin: string | undefined;
  /** Whether `/user/workspaces` works, and what is said where workspaces were listed once. */
  removedStatus: 401 | 404 | 410;
  /** Commits that `commits` does not know although they are listed as heads, until this time. */
  unknownUntil: Map<Commit, number>;
  /** Walks over commits that `next` leads into, by token. */
  walks: Map<string, readonly Commit[]>;
}

/** Builds a site. With `recorded`, its one repository comes from the recorded files. */
export function siteOf(options: BitbucketOptions): Site {
  const settings = settingsOf(options);
  const service = serviceOf(settings, (clock) => bitbucketLimits(clock, settings.requestsPerHour));
  service.faults.answers = bitbucketFaults(service.clock);
  return {
    ...service,
    settings,
    store:
      settings.recorded === false
        ? generatedStore(settings.seed, settings, untilOf(settings, service.clock.now()))
        : recordedStore(settings.recorded),
    credentials: credentialsOf(settings),
    denials: [],
    formerNames: new Map(),
    sizes: 'right',
    linkOrigin: undefined,
    removedStatus: 410,
    unknownUntil: new Map(),
    walks: new Map(),
  };
}

const DAY = 86_400_000;

function untilOf({ until }: BitbucketSettings, now: number): number {
  const end = until ?? Math.floor(now / DAY) * DAY;
  if (end > now) throw new RangeError('until must not be later than the clock');
  return end;
}
