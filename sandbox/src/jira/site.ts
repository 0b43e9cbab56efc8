import { type Service, serviceOf } from '../http/service.ts';
import { type Credentials, credentialsOf, type OAuthApp, oauthApp } from './credentials.ts';
import { type AuditLog, auditLog } from './data/audit.ts';
import { type Agile, agileOf } from './data/boards.ts';
import { generatedBook, type IssueBook } from './data/book.ts';
import { listsOf, type SiteLists } from './data/lists.ts';
import { type World, worldOf } from './data/world.ts';
import { JIRA_FAULTS, jiraLimits } from './limits.ts';
import { type JiraOptions, type JiraSettings, settingsOf } from './options.ts';
import { recordedSite } from './store/recorded.ts';
import { recordedAgile, recordedLists } from './store/recordedLists.ts';
import { generatedRows } from './store/rows.ts';
import { type IssueStore, issueStore } from './store/store.ts';
import { type WorklogIndex, worklogIndex } from './store/worklogs.ts';

/** The whole state of a sandbox, including what control commands changed. Routes and control work on it. */
export interface Site extends Service {
  settings: JiraSettings;
  world: World;
  store: IssueStore;
  book: IssueBook;
  lists: SiteLists;
  agile: Agile;
  audit: AuditLog;
  credentials: Credentials;
  oauth: OAuthApp;
  /** Routes for which the gateway says that a scope is missing. */
  lackingScope: string[];
  indexLag: { ms: number; share: number };
  /** Providers of Development panels that Jira cannot reach. */
  deadProviders: Set<string>;
  /** Permissions that `/mypermissions` denies. */
  denied: Set<string>;
  /** Whether issues may be linked. */
  linking: boolean;
  /** Number of random choices made so far, for `touch({count})` and similar commands. */
  choices: number;
  /** The worklogs by time of change. */
  worklogs: WorklogIndex;
}

/** Builds a site. With `recorded`, its issues, projects and users come from the recorded files. */
export function siteOf(options: JiraOptions): Site {
  const settings = settingsOf(options);
  const service = serviceOf(settings, (clock) => jiraLimits(clock, settings.burstPerSecond), JIRA_FAULTS);
  const isRecorded = settings.recorded !== false;
  const until = untilOf(settings, service.clock.now());
  const made = isRecorded ? recordedSite(settings) : generated(settings, until);
  const { world } = made;
  const recorded = isRecorded ? recordedAgile(settings, world.projects.length) : undefined;
  return {
    ...service,
    settings,
    ...made,
    credentials: credentialsOf(settings),
    oauth: oauthApp(),
    lackingScope: [],
    lists: { ...listsOf(world), ...(isRecorded && recordedLists(settings)) },
    agile: recorded ?? agileOf(world, settings.closedSprints),
    audit: auditLog(settings.seed, settings.auditRecords, until),
    indexLag: { ms: settings.indexLagMs, share: settings.indexLagShare },
    deadProviders: new Set(),
    denied: new Set(),
    linking: true,
    choices: 0,
    worklogs: worklogIndex(),
  };
}

const DAY = 86_400_000;

function untilOf(settings: JiraSettings, now: number): number {
  const until = settings.until ?? Math.floor(now / DAY) * DAY;
  if (until > now) throw new RangeError('until must not be later than the clock');
  return until;
}

function generated(
  settings: JiraSettings,
  until: number,
): { world: World; store: IssueStore; book: IssueBook } {
  const world = worldOf(settings);
  const rows = generatedRows(settings.seed, settings.issues, world.projects.length, until);
  return { world, store: issueStore(rows, world.projects), book: generatedBook(world) };
}
