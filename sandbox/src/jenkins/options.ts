import { SERVICE_DEFAULTS, type ServiceOptions } from '../http/service.ts';
import type { JenkinsFaultKind } from './faults.ts';

/** Languages in which the controller can have its texts. */
export const LANGUAGES = ['en', 'de', 'fr', 'es', 'ja'] as const;

/** One of {@link LANGUAGES}. */
export type Language = (typeof LANGUAGES)[number];

/** Options of `startJenkins`. All are optional. */
export interface JenkinsOptions extends ServiceOptions<JenkinsFaultKind> {
  /** Number of jobs with builds of their own, branches included; default 20. Configurations and modules come on top. */
  jobs?: number;
  /** Number of builds of these jobs; default 400. */
  builds?: number;
  /** Depth of the deepest job: 1 = everything at the top; default 4. */
  levels?: number;
  /** Number of builds under way at the start; default 3. */
  running?: number;
  /** How many of these never end, because the controller lost them; default 0. */
  stuck?: number;
  /** Number of nodes besides the built-in one; default 3. */
  nodes?: number;
  /** Number of items in the queue; default 4. */
  queued?: number;
  /** Where Jenkins lives below the host, such as `/jenkins`; default none. */
  pathPrefix?: string;
  /**
   * Jenkins' own idea of its address, with which all `url`s begin. Default: where it was asked. Null makes them null.
   */
  rootUrl?: string | null;
  /** Default `demo`. */
  user?: string;
  /** Default `sandbox-api-token`. */
  apiToken?: string;
  /** Whether anybody may read without a login; default false. */
  anonymousRead?: boolean;
  /** The controller's own language, for callers that send no Accept-Language; default `de`. */
  language?: Language;
  /** End of the generated history (ms since 1970); default: the last midnight UTC before the clock at start. */
  until?: number;
  /** Longest URL in bytes before a 414; default 8,000. */
  longestUrl?: number;
  /** As before Jenkins 2.550: a range past the end of a plain list fails; default false. */
  strictRanges?: boolean;
  /** Whether jobs that were never built have `lastBuild: null`; false leaves it out. Default true. */
  nullLastBuild?: boolean;
  /** Number of cases in the largest test report; default 40. A case has about 300 bytes. */
  testCases?: number;
  /** Names, texts and numbers that trip a careless client; default true. */
  awkward?: boolean;
}

/** {@link JenkinsOptions} with every default filled in. */
export type JenkinsSettings = Required<Omit<JenkinsOptions, 'faults' | 'until' | 'rootUrl'>> &
  Pick<JenkinsOptions, 'faults' | 'until' | 'rootUrl'>;

/** Fills in the defaults. Throws RangeError for invalid options. */
export function settingsOf(options: JenkinsOptions): JenkinsSettings {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings: JenkinsSettings = {
    ...SERVICE_DEFAULTS,
    jobs: 20,
    builds: 400,
    levels: 4,
    running: Math.min(3, options.builds ?? 3),
    stuck: 0,
    nodes: 3,
    queued: 4,
    pathPrefix: '',
    user: 'demo',
    apiToken: 'sandbox-api-token',
    anonymousRead: false,
    language: 'de',
    longestUrl: 8000,
    strictRanges: false,
    nullLastBuild: true,
    testCases: 40,
    awkward: true,
    ...given,
  };
  for (const name of ['jobs', 'builds', 'running', 'stuck', 'nodes', 'queued', 'testCases', 'seed'] as const)
    atLeast(name, settings[name], 0);
  atLeast('levels', settings.levels, 1);
  if (settings.levels > 12) throw new RangeError('levels must be at most 12');
  if (settings.running > settings.builds) throw new RangeError('running must be at most builds');
  if (settings.builds > 0 && settings.jobs === 0) throw new RangeError('builds need a job');
  if (settings.pathPrefix !== '' && !/^(\/[^/?#]+)+$/.test(settings.pathPrefix))
    throw new RangeError('pathPrefix must begin with / and not end with it');
  if (!LANGUAGES.includes(settings.language))
    throw new RangeError(`language must be one of ${LANGUAGES.join(', ')}`);
  return settings;
}

function atLeast(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new RangeError(`${name} must be a whole number ≥ ${least}`);
}
