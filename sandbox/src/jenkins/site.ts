import { type Service, serviceOf } from '../http/service.ts';
import { JENKINS_FAULTS } from './faults.ts';
import { type JenkinsOptions, type JenkinsSettings, settingsOf } from './options.ts';
import { type Forest, grownForest } from './store/grow.ts';

/** Plugins that can be absent. */
export const PLUGINS = ['pipeline-stage-view', 'junit'] as const;

/** One of {@link PLUGINS}. */
export type Plugin = (typeof PLUGINS)[number];

/** What one answer cost the controller. */
export interface Cost {
  /** Path and query as sent. */
  url: string;
  /** Builds loaded from disk, once for each walk over them. */
  walked: number;
  /** User records looked up for culprits and authors. */
  users: number;
  /** Archives listed for `artifacts`. */
  archives: number;
}

/** The whole state of a sandbox, including what control commands changed. */
export interface Site extends Service {
  settings: JenkinsSettings;
  forest: Forest;
  /** When the generated history ends (ms since 1970). */
  until: number;
  login: { user: string; apiToken: string };
  plugins: Set<Plugin>;
  /** Users that have a record: those that logged in, and those that an answer created. */
  users: Set<string>;
  /** Nodes that are offline, by display name. */
  offline: Set<string>;
  /** The cost of the answer that is being made, and of those before it. */
  cost: Cost;
  costs: Cost[];
  /** A build of the job begins before each answer of this kind is made, as on a busy controller. */
  busy: boolean;
  /** Number of random choices made so far. */
  choices: number;
  /** Session of the controller; another one after a restart. */
  session: string;
}

const DAY = 86_400_000;

/** Builds a controller from the options. */
export function siteOf(options: JenkinsOptions): Site {
  const settings = settingsOf(options);
  const service = serviceOf(settings, () => [], JENKINS_FAULTS);
  const now = service.clock.now();
  const until = settings.until ?? Math.floor(now / DAY) * DAY;
  if (until > now) throw new RangeError('until must not be later than the clock');
  return {
    ...service,
    settings,
    forest: grownForest(settings, until),
    until,
    login: { user: settings.user, apiToken: settings.apiToken },
    plugins: new Set(PLUGINS),
    users: new Set([settings.user]),
    offline: new Set(),
    cost: noCost(''),
    costs: [],
    busy: false,
    choices: 0,
    session: '5f3a9c1e',
  };
}

export function noCost(url: string): Cost {
  return { url, walked: 0, users: 0, archives: 0 };
}
