import type { FaultKind } from './http/faults.ts';

/** Jira Cloud, or a Jira Data Center: `/rest/api/2` with search by offset, personal access tokens. */
export const DEPLOYMENTS = ['cloud', 'data-center'] as const;

/** One of {@link DEPLOYMENTS}. */
export type Deployment = (typeof DEPLOYMENTS)[number];

/** What `startJira` can be told; everything has a default. */
export interface JiraOptions {
  /** → 0: a free one is picked; see `url` of the result. */
  port?: number;
  /** → 127.0.0.1. Nothing but loopback is meant: the control endpoint asks for no credentials. */
  host?: string;
  /** → cloud. */
  deployment?: Deployment;
  /** How many issues to begin with, → 200. */
  issues?: number;
  /** How many projects, → 6; keys from a list of usual ones, numeric ids from 10000. */
  projects?: number;
  /** How many accounts `/users/search` knows, → 40. */
  users?: number;
  /** Data Center: so many people a user search shows of those that it finds, → 1000; of a newer one it is 100. */
  userWindow?: number;
  /** Data Center: whether `/user/list` is there, as from 10.3.12 on, → true. */
  userList?: boolean;
  /** How many closed sprints the first board has besides the two that issues are in, → 2. */
  closedSprints?: number;
  /** How many audit records the half year before `until` has, → 120. */
  auditRecords?: number;
  /** Whole number that all data and faults are drawn from, → 1. */
  seed?: number;
  /** → `demo@headrace.example`. */
  email?: string;
  /** → `sandbox-token`. */
  apiToken?: string;
  /** Milliseconds since 1970, → Date.now. */
  clock?: () => number;
  /** The generated past ends here (ms since 1970), → the last midnight UTC before the clock at start. */
  until?: number;
  /** The token owner's zone: offsets of timestamps, meaning of bare JQL dates; → Asia/Shanghai. */
  timeZone?: string;
  /** Wait before each answer, → 0. */
  latencyMs?: number;
  /** How long search shows the version before a change, → 0. */
  indexLagMs?: number;
  /** Share of changes that the index shows late, → 1 (all of them). */
  indexLagShare?: number;
  /** Faults at random (seeded), → none. */
  faults?: FaultRate;
  /** Requests a second per route and method before a 429, → none. */
  burstPerSecond?: number;
  /** Bytes of one issue with all fields, → up to 50,000, most from 3 to 6 kB. None is below what its fields weigh: 3,200 to 4,300, and up to 1,400 more with a Development panel. */
  issueBytes?: { min: number; max: number };
  /** JSON text that re-serialising would destroy, in one issue of ten; → true. */
  awkward?: boolean;
  /** Issues have a Development field, and `/field` lists it, → true; panels are there without it too. */
  developmentField?: boolean;
  /** One issue in so many has development panels, → 4. */
  panelsOneIn?: number;
  /** Answers are pretty-printed with this line end (`true` = lf), → false. */
  pretty?: boolean | 'lf' | 'crlf';
  /** gzip where Accept-Encoding asks for it, → false (loopback is faster without). */
  gzip?: boolean;
  /** Serves recorded answers of a real Jira instead of made ones: a folder, or true for the package's own. */
  recorded?: string | boolean;
}

/** A share of requests that go wrong. */
export interface FaultRate {
  /** 0 to 1. */
  rate: number;
  /** Drawn from with equal chances. */
  kinds: FaultKind[];
  /** Only requests that match, → all; see `RouteFilter`. */
  route?: string;
}

/** {@link JiraOptions} with every default filled in. */
export type JiraSettings = Required<Omit<JiraOptions, 'faults' | 'burstPerSecond' | 'issueBytes' | 'until'>> &
  Pick<JiraOptions, 'faults' | 'burstPerSecond' | 'issueBytes' | 'until'>;

/** Fills in the defaults; throws RangeError for what cannot work. */
export function settingsOf(options: JiraOptions): JiraSettings {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings: JiraSettings = {
    port: 0,
    host: '127.0.0.1',
    deployment: 'cloud',
    issues: 200,
    projects: 6,
    users: 40,
    userWindow: 1000,
    userList: true,
    closedSprints: 2,
    auditRecords: 120,
    seed: 1,
    email: 'demo@headrace.example',
    apiToken: 'sandbox-token',
    clock: Date.now,
    timeZone: 'Asia/Shanghai',
    latencyMs: 0,
    indexLagMs: 0,
    indexLagShare: 1,
    awkward: true,
    developmentField: true,
    panelsOneIn: 4,
    pretty: false,
    gzip: false,
    recorded: false,
    ...given,
  };
  for (const name of ['issues', 'projects', 'users', 'closedSprints', 'auditRecords', 'seed'] as const) {
    const value = settings[name];
    const least = name === 'projects' || name === 'users' ? 1 : 0;
    if (!Number.isSafeInteger(value) || value < least)
      throw new RangeError(`${name} must be a whole number ≥ ${least}`);
  }
  if (!DEPLOYMENTS.includes(settings.deployment))
    throw new RangeError(`deployment must be one of ${DEPLOYMENTS.join(', ')}`);
  if (settings.deployment === 'data-center' && settings.recorded !== false)
    throw new RangeError('what is recorded is of Jira Cloud');
  if (settings.projects > 1000) throw new RangeError('projects must be at most 1000');
  return settings;
}
