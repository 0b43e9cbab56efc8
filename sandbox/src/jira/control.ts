import { renameProject } from './data/projects.ts';
import type { Change } from './data/version.ts';
import { checkKind, type FaultRule } from './http/faults.ts';
import { heldCount, openGates } from './http/gates.ts';
import { noQuota } from './http/quota.ts';
import { Refusal } from './http/refusal.ts';
import type { RouteFilter } from './http/route.ts';
import { emptyStats, type SandboxStats } from './http/stats.ts';
import type { FaultRate } from './options.ts';
import { type ProviderControl, providerControl } from './panelControl.ts';
import { below } from './random.ts';
import type { Site } from './site.ts';
import { change, create, type IndexLag, move } from './store/changes.ts';
import { placeOf, settleIndex, versionAt } from './store/store.ts';
import { type WorklogControl, worklogControl } from './worklogControl.ts';

/** Which issues something is done to: these, or `count` drawn from the seed (of one project, if one is named). */
export interface IssueChoice {
  /** Ids (`10001`, `"10001"`) or keys. */
  issues?: (string | number)[];
  count?: number;
  /** Project key. */
  project?: string;
}

/** An issue after something was done to it. */
export interface Touched {
  id: string;
  key: string;
  /** Milliseconds since 1970. */
  updated: number;
}

/** What a running sandbox can be told. The same names go to `POST /_sandbox/control` as `{"do": "touch", …}`. */
export interface JiraControl extends WorklogControl, ProviderControl {
  /** Makes the next matching requests fail: `times` of them (→ 1, null = always), after `after` have passed. */
  fail(rule: FaultRule): void;
  /** Faults at random from now on, in place of those of the options; rate 0 ends them. */
  faultRate(rate: FaultRate): void;
  /** Ends all faults, those of `fail` and the rate. */
  clearFaults(): void;
  /** Holds matching requests back, after `after` have passed, until `release`. */
  hold(gate: RouteFilter & { after?: number }): void;
  /** Lets held requests go and opens the gate: the one with exactly this route, or all. Returns how many waited. */
  release(gate?: { route?: string }): number;
  /** Waits this long before matching answers; the last call that is about a request counts. */
  latency(rule: RouteFilter & { ms: number }): void;
  /** Requests a second per route and method; null ends it. */
  burstLimit(limit: { perSecond: number | null }): void;
  /** Points an hour that the OAuth app may spend, or in another time; null ends it. */
  quota(limit: { points: number | null; perSeconds?: number }): void;
  /** How late search sees changes from now on, and what share of them (→ 1) is late. */
  indexLag(lag: { ms: number; share?: number }): void;
  /** Lets search see everything at once. */
  settleIndex(): void;
  /** Moves the clock forward; returns its time (ms since 1970). */
  advanceClock(by: { ms: number }): number;
  /** Changes issues: new content, and `updated` is the clock's now. Every third one gets a comment instead of an edit. */
  touch(choice: IssueChoice & { kind?: 'edit' | 'comment' }): Touched[];
  /** Pushes a commit to issues: their Development panels change, their `updated` does not. */
  push(choice: IssueChoice): Touched[];
  /** Edits many issues with one identical `updated`. */
  bulkTouch(choice: IssueChoice): Touched[];
  /** Adds issues to a project (→ the first). */
  create(what: { project?: string; count?: number }): Touched[];
  /** Deletes issues: search (after the lag) and reads do not find them any more. */
  delete(choice: IssueChoice): Touched[];
  /** Moves issues to a project: the key changes, the id stays. */
  move(choice: IssueChoice & { to: string }): Touched[];
  /** Hides issues from the account, as a security level does; their `updated` stays. */
  conceal(choice: IssueChoice): Touched[];
  /** Shows them again. */
  reveal(choice: { issues: (string | number)[] }): Touched[];
  /** Takes the permission to see a project away: it is not listed, not searchable, its issues are not found. */
  revokeProject(which: { project: string }): void;
  /** Gives it back. */
  restoreProject(which: { project: string }): void;
  /** Archives, deletes (into the bin) or revives a project; only live ones are searched. */
  projectStatus(which: { project: string; status: 'live' | 'archived' | 'deleted' }): void;
  /** Gives a project another key; it is found under its old one too. */
  renameProject(which: { project: string; to: string }): void;
  /** Lets `/mypermissions` deny these from now on, and only these. */
  denyPermissions(which: { permissions: string[] }): void;
  /** Deletes a sprint by its id: boards do not show it any more, and its issues are in none. */
  deleteSprint(which: { sprint: number }): void;
  /** Switches the linking of issues on or off. */
  issueLinking(to: { enabled: boolean }): void;
  /** Adds records to the audit log, created at an instant (ms since 1970, → the clock's now); returns how many it has. */
  audit(what: { count?: number; at?: number }): number;
  /** The account's credentials from now on; the old ones turn anonymous. */
  credentials(which: { email?: string; apiToken: string }): void;
  /** How long access tokens live that are given out from now on; → an hour. */
  accessTokens(life: { seconds: number }): void;
  /** The account takes its consent to the OAuth app back: no token of it is good any more. */
  revokeAuthorization(): void;
  /** Routes (see `RouteFilter`) for which the gateway says from now on, and only for these, that a scope is missing. */
  lackScope(which: { routes: string[] }): void;
  /** Counters since the start or the last `resetStats`. */
  stats(): SandboxStats;
  resetStats(): void;
}

/** The methods that act on a site. */
export function controlOf(site: Site): JiraControl {
  const { store, world, clock } = site;
  const lag = (): IndexLag => ({ ...site.indexLag, seed: world.seed });
  const touchedAt = (n: number): Touched => {
    const { id, project, number, updated } = versionAt(store, n);
    return { id: String(id), key: `${world.projects[project]!.key}-${number}`, updated };
  };
  const alter = (choice: IssueChoice, act: (n: number, i: number) => void): Touched[] => {
    if (site.book.fixed) throw new Refusal('recorded issues do not change');
    return chosen(site, choice).map((n, i) => {
      act(n, i);
      return touchedAt(n);
    });
  };
  const project = (key: string) => {
    const found = world.projects.find((one) => one.key === key);
    if (!found) throw new Refusal(`no project ${key}`);
    return found;
  };
  return {
    ...faultControl(site),
    ...providerControl(site),
    ...worklogControl(site, (issues) => chosen(site, { issues })),
    indexLag: ({ ms, share = 1 }) => {
      site.indexLag = { ms, share };
    },
    settleIndex: () => settleIndex(store, Number.POSITIVE_INFINITY),
    advanceClock: ({ ms }) => {
      clock.advance(ms);
      return clock.now();
    },
    touch: (choice) =>
      alter(choice, (n) =>
        change(store, n, clock.now(), choice.kind ?? nextKind(store.changes.get(n)), lag()),
      ),
    push: (choice) =>
      alter(choice, (n) => {
        store.pushes.set(n, [...(store.pushes.get(n) ?? []), clock.now()]);
      }),
    bulkTouch: (choice) => {
      const at = clock.now();
      return alter(choice, (n) => change(store, n, at, 'edit', lag()));
    },
    create: ({ project: key, count = 1 }) => {
      if (site.book.fixed) throw new Refusal('recorded issues stay as they are');
      const { index } = key === undefined ? world.projects[0]! : project(key);
      return Array.from({ length: count }, () => touchedAt(create(store, index, clock.now(), lag())));
    },
    delete: (choice) =>
      chosen(site, choice).map((n) => {
        change(store, n, clock.now(), 'delete', lag());
        return touchedAt(n);
      }),
    move: (choice) => {
      const { index } = project(choice.to);
      return alter(choice, (n) => move(store, n, index, clock.now(), lag()));
    },
    conceal: (choice) =>
      chosen(site, choice).map((n) => {
        store.concealed.add(n);
        return touchedAt(n);
      }),
    reveal: (choice) =>
      chosen(site, choice).map((n) => {
        store.concealed.delete(n);
        return touchedAt(n);
      }),
    revokeProject: (which) => {
      project(which.project).visible = false;
    },
    restoreProject: (which) => {
      project(which.project).visible = true;
    },
    projectStatus: (which) => {
      project(which.project).status = which.status;
    },
    renameProject: (which) => {
      renameProject(project(which.project), which.to);
    },
    denyPermissions: ({ permissions }) => {
      site.denied = new Set(permissions);
    },
    deleteSprint: ({ sprint }) => {
      if (!site.agile.sprints.delete(sprint)) throw new Refusal(`no sprint ${sprint}`);
    },
    issueLinking: ({ enabled }) => {
      site.linking = enabled;
    },
    audit: ({ count = 1, at = clock.now() }) => {
      site.audit.times.push(...Array.from({ length: count }, () => at));
      return site.audit.times.length;
    },
    credentials: ({ email, apiToken }) => {
      site.credentials = { ...site.credentials, email: email ?? site.credentials.email, apiToken };
    },
    accessTokens: ({ seconds }) => {
      site.oauth.lifeMs = seconds * 1000;
    },
    revokeAuthorization: () => {
      site.oauth.accessTokens.clear();
      site.oauth.refreshToken = '';
    },
    lackScope: ({ routes }) => {
      site.lackingScope = routes;
    },
    stats: () => ({ ...structuredClone(site.stats), held: heldCount(site.gates) }),
    resetStats: () => {
      const { atOnce } = site.stats;
      site.stats = { ...emptyStats(), atOnce };
    },
  };
}

type FaultControl = Pick<
  JiraControl,
  'fail' | 'faultRate' | 'clearFaults' | 'hold' | 'release' | 'latency' | 'burstLimit' | 'quota'
>;

function faultControl(site: Site): FaultControl {
  return {
    fail: (rule) => {
      checkKind(rule.kind);
      site.faults.rules.push({ ...rule });
    },
    faultRate: (rate) => {
      for (const kind of rate.kinds) checkKind(kind);
      site.faults.rate = rate;
    },
    clearFaults: () => {
      site.faults.rules = [];
      site.faults.rate = undefined;
    },
    hold: (gate) => {
      site.gates.closed.push({ ...gate, after: gate.after ?? 0, waiting: [] });
    },
    release: (gate) => openGates(site.gates, gate?.route),
    latency: (rule) => {
      site.latencies = [
        rule,
        ...site.latencies.filter(
          ({ route, containing }) => route !== rule.route || containing !== rule.containing,
        ),
      ];
    },
    burstLimit: ({ perSecond }) => {
      site.rateLimit = { perSecond: perSecond ?? undefined, buckets: new Map() };
    },
    quota: ({ points, perSeconds = 3600 }) => {
      site.quota = { ...noQuota(), points: points ?? undefined, windowMs: perSeconds * 1000 };
    },
  };
}

function nextKind(changes: readonly Change[] | undefined): 'edit' | 'comment' {
  return ((changes?.length ?? 0) + 1) % 3 === 0 ? 'comment' : 'edit';
}

/** Places of the issues chosen; none that was deleted. */
function chosen(site: Site, { issues, count, project }: IssueChoice): number[] {
  const { store, world } = site;
  if (issues) {
    return issues.map((name) => {
      const n = placeOf(store, String(name));
      if (n < 0 || versionAt(store, n).deleted) throw new Refusal(`no issue ${name}`);
      return n;
    });
  }
  const fits = (n: number): boolean => {
    const version = versionAt(store, n);
    return !version.deleted && (project === undefined || world.projects[version.project]!.key === project);
  };
  const picked = new Set<number>();
  const wanted = count ?? 1;
  const total = store.rows.count;
  for (let misses = 0; picked.size < wanted && misses < 50 * wanted + 1000 && total > 0; misses++) {
    const n = below(total, world.seed, site.choices++, 95_000);
    if (fits(n)) picked.add(n);
  }
  // Nearly all are wanted, or few fit: the rest is taken in order.
  for (let n = 0; picked.size < wanted && n < total; n++) if (fits(n)) picked.add(n);
  return [...picked].sort((a, b) => a - b);
}

/** Calls a control method by name with one JSON argument, as the HTTP endpoint does. */
export function command(control: JiraControl, order: Record<string, unknown>): unknown {
  const { do: name, ...argument } = order;
  if (typeof name !== 'string' || !Object.hasOwn(control, name)) {
    throw new Refusal(`"do" must be one of ${Object.keys(control).join(', ')}`);
  }
  const method = control[name as keyof JiraControl] as (argument: unknown) => unknown;
  try {
    return method(argument) ?? null;
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) throw new Refusal(error.message);
    throw error;
  }
}
