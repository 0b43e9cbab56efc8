import { type SandboxClock, sandboxClock } from './clock.ts';
import { type AuditLog, auditLog } from './data/audit.ts';
import { type Agile, agileOf } from './data/boards.ts';
import { generatedBook, type IssueBook } from './data/book.ts';
import { listsOf, type SiteLists } from './data/lists.ts';
import { type World, worldOf } from './data/world.ts';
import { type Credentials, credentialsOf, type OAuthApp, oauthApp } from './http/auth.ts';
import type { FaultPlan } from './http/faults.ts';
import type { Gates } from './http/gates.ts';
import { noQuota, type Quota } from './http/quota.ts';
import type { RateLimit } from './http/rateLimit.ts';
import type { RouteFilter } from './http/route.ts';
import { emptyStats, type SandboxStats } from './http/stats.ts';
import { type JiraOptions, type JiraSettings, settingsOf } from './options.ts';
import { recordedSite } from './store/recorded.ts';
import { recordedAgile, recordedLists } from './store/recordedLists.ts';
import { generatedRows } from './store/rows.ts';
import { type IssueStore, issueStore } from './store/store.ts';
import { type WorklogIndex, worklogIndex } from './store/worklogs.ts';
import type { ByteWriter } from './writer.ts';

/** The whole state of a sandbox, including what control commands changed. Routes and control work on it. */
export interface Site {
  settings: JiraSettings;
  clock: SandboxClock;
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
  latencies: (RouteFilter & { ms: number })[];
  faults: FaultPlan;
  gates: Gates;
  rateLimit: RateLimit;
  quota: Quota;
  /** Providers of Development panels that Jira cannot reach. */
  deadProviders: Set<string>;
  /** Permissions that `/mypermissions` denies. */
  denied: Set<string>;
  /** Whether issues may be linked. */
  linking: boolean;
  stats: SandboxStats;
  /** Number of random choices made so far, for `touch({count})` and similar commands. */
  choices: number;
  /** The worklogs by time of change. */
  worklogs: WorklogIndex;
  /** Page buffers that no answer is using. */
  spare: ByteWriter[];
}

/** Builds a site. With `recorded`, its issues, projects and users come from the recorded files. */
export function siteOf(options: JiraOptions): Site {
  const settings = settingsOf(options);
  const clock = sandboxClock(settings.clock);
  const isRecorded = settings.recorded !== false;
  const until = untilOf(settings, clock);
  const made = isRecorded ? recordedSite(settings) : generated(settings, until);
  const { world } = made;
  const recorded = isRecorded ? recordedAgile(settings, world.projects.length) : undefined;
  return {
    settings,
    clock,
    ...made,
    credentials: credentialsOf(settings),
    oauth: oauthApp(),
    lackingScope: [],
    lists: { ...listsOf(world), ...(isRecorded && recordedLists(settings)) },
    agile: recorded ?? agileOf(world, settings.closedSprints),
    audit: auditLog(settings.seed, settings.auditRecords, until),
    indexLag: { ms: settings.indexLagMs, share: settings.indexLagShare },
    latencies: settings.latencyMs > 0 ? [{ ms: settings.latencyMs }] : [],
    faults: { seed: settings.seed, rate: settings.faults, rules: [], drawn: 0 },
    gates: { closed: [] },
    rateLimit: { perSecond: settings.burstPerSecond, buckets: new Map() },
    quota: noQuota(),
    deadProviders: new Set(),
    denied: new Set(),
    linking: true,
    stats: emptyStats(),
    choices: 0,
    worklogs: worklogIndex(),
    spare: [],
  };
}

const DAY = 86_400_000;

function untilOf(settings: JiraSettings, clock: SandboxClock): number {
  const now = clock.now();
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
