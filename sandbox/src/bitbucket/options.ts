import type { FaultKind } from '../http/faults.ts';
import { SERVICE_DEFAULTS, type ServiceOptions } from '../http/service.ts';
import type { BitbucketFault } from './limits.ts';

/** Options of `startBitbucket`. All are optional. Amounts are over all repositories. */
export interface BitbucketOptions extends ServiceOptions<FaultKind | BitbucketFault> {
  /** Default 1. */
  workspaces?: number;
  /** Default 12. The first one is the largest; each twelfth is a fork. */
  repositories?: number;
  /** How many of the repositories, the last ones, have nothing in them; default 1. The first one is never empty. */
  emptyRepositories?: number;
  /** Number of accounts; default 20. */
  members?: number;
  /** Default 600. Forks show their parent's commits besides. */
  commits?: number;
  /** Default 120. */
  pullRequests?: number;
  /** Default 60. */
  pipelines?: number;
  /** Default `demo@headrace.example`. */
  email?: string;
  /** Default `sandbox-token`. */
  apiToken?: string;
  /** End of the generated history (ms since 1970); default: the last midnight UTC before the clock at start. */
  until?: number;
  /** Requests to `/2.0/repositories` that each caller has in an hour; default no limit. */
  requestsPerHour?: number;
  /** Pull requests of a repository above which `sort` together with states is a 500; default 400. */
  sortFailsAbove?: number;
  /** Include JSON that does not survive re-serialising in two records out of ten; default true. */
  awkward?: boolean;
  /** Serve recorded answers of a real Bitbucket instead of generated ones: a folder, or true for the package's own. */
  recorded?: string | boolean;
}

/** {@link BitbucketOptions} with every default filled in. */
export type BitbucketSettings = Required<Omit<BitbucketOptions, 'faults' | 'requestsPerHour' | 'until'>> &
  Pick<BitbucketOptions, 'faults' | 'requestsPerHour' | 'until'>;

const LEAST: Partial<Record<keyof BitbucketOptions, number>> = {
  workspaces: 1,
  repositories: 0,
  emptyRepositories: 0,
  members: 1,
  commits: 0,
  pullRequests: 0,
  pipelines: 0,
  seed: 0,
};

/** Fills in the defaults. Throws RangeError for invalid options. */
export function settingsOf(options: BitbucketOptions): BitbucketSettings {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings: BitbucketSettings = {
    ...SERVICE_DEFAULTS,
    workspaces: 1,
    repositories: 12,
    emptyRepositories: 1,
    members: 20,
    commits: 600,
    pullRequests: 120,
    pipelines: 60,
    email: 'demo@headrace.example',
    apiToken: 'sandbox-token',
    sortFailsAbove: 400,
    awkward: true,
    recorded: false,
    ...given,
  };
  for (const [name, least] of Object.entries(LEAST)) {
    const value = settings[name as keyof BitbucketSettings];
    if (!Number.isSafeInteger(value) || (value as number) < least)
      throw new RangeError(`${name} must be a whole number ≥ ${least}`);
  }
  return settings;
}
