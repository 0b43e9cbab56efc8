import { SERVICE_DEFAULTS, type ServiceOptions } from '../http/service.ts';

/** Jira Cloud or Jira Data Center (`/rest/api/2`, search by offset, personal access tokens). */
export const DEPLOYMENTS = ['cloud', 'data-center'] as const;

/** One of {@link DEPLOYMENTS}. */
export type Deployment = (typeof DEPLOYMENTS)[number];

/** Options of `startJira`. All are optional. */
export interface JiraOptions extends ServiceOptions {
  /** Default `cloud`. */
  deployment?: Deployment;
  /** Number of initial issues; default 200. */
  issues?: number;
  /** Number of projects; default 6. Their keys come from a fixed list, their ids start at 10000. */
  projects?: number;
  /** Number of accounts in `/users/search`; default 40. */
  users?: number;
  /** Data Center: maximum number of matches that a user search shows; default 1000. In newer releases it is 100. */
  userWindow?: number;
  /** Data Center: whether `/user/list` exists, as it does from 10.3.12; default true. */
  userList?: boolean;
  /** Number of closed sprints of the first board in addition to the two that contain issues; default 2. */
  closedSprints?: number;
  /** Number of audit records in the half year before `until`; default 120. */
  auditRecords?: number;
  /** Default `demo@headrace.example`. */
  email?: string;
  /** Default `sandbox-token`. */
  apiToken?: string;
  /** End of the generated history (ms since 1970); default: the last midnight UTC before the clock at start. */
  until?: number;
  /** The token owner's time zone, for the offsets of timestamps and for JQL dates; default Asia/Shanghai. */
  timeZone?: string;
  /** How long search keeps showing the version before a change; default 0. */
  indexLagMs?: number;
  /** Share of changes that appear late in search; default 1 (all). */
  indexLagShare?: number;
  /** Requests per second for each route and method before a 429; default no limit. */
  burstPerSecond?: number;
  /**
   * Size of one issue with all fields, in bytes. Default: up to 50,000, mostly 3 to 6 kB. An issue is never smaller
   * than its fields: 3,200 to 4,300 bytes, and up to 1,400 more with a Development panel.
   */
  issueBytes?: { min: number; max: number };
  /** Cloud: the most issues in a page of search that selects more than ids and keys; default 100, as measured. */
  searchRows?: number;
  /** Include JSON that does not survive re-serialising in one issue out of ten; default true. */
  awkward?: boolean;
  /** Give issues a Development field and list it in `/field`; default true. Panels exist either way. */
  developmentField?: boolean;
  /** One issue in this many has Development panels; default 4. */
  panelsOneIn?: number;
  /** Serve recorded answers of a real Jira instead of generated ones: a folder, or true for the package's own. */
  recorded?: string | boolean;
}

/** {@link JiraOptions} with every default filled in. */
export type JiraSettings = Required<Omit<JiraOptions, 'faults' | 'burstPerSecond' | 'issueBytes' | 'until'>> &
  Pick<JiraOptions, 'faults' | 'burstPerSecond' | 'issueBytes' | 'until'>;

/** Fills in the defaults. Throws RangeError for invalid options. */
export function settingsOf(options: JiraOptions): JiraSettings {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings: JiraSettings = {
    ...SERVICE_DEFAULTS,
    deployment: 'cloud',
    issues: 200,
    projects: 6,
    users: 40,
    userWindow: 1000,
    userList: true,
    closedSprints: 2,
    auditRecords: 120,
    email: 'demo@headrace.example',
    apiToken: 'sandbox-token',
    timeZone: 'Asia/Shanghai',
    indexLagMs: 0,
    indexLagShare: 1,
    awkward: true,
    developmentField: true,
    panelsOneIn: 4,
    searchRows: 100,
    recorded: false,
    ...given,
  };
  const numbers = [
    'issues',
    'projects',
    'users',
    'closedSprints',
    'auditRecords',
    'searchRows',
    'seed',
  ] as const;
  for (const name of numbers) {
    const value = settings[name];
    const least = name === 'projects' || name === 'users' || name === 'searchRows' ? 1 : 0;
    if (!Number.isSafeInteger(value) || value < least)
      throw new RangeError(`${name} must be a whole number ≥ ${least}`);
  }
  if (!DEPLOYMENTS.includes(settings.deployment))
    throw new RangeError(`deployment must be one of ${DEPLOYMENTS.join(', ')}`);
  if (settings.deployment === 'data-center' && settings.recorded !== false)
    throw new RangeError('recorded answers are only available for the cloud deployment');
  if (settings.projects > 1000) throw new RangeError('projects must be at most 1000');
  return settings;
}
