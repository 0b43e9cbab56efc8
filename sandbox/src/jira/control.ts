import { type ServiceControl, serviceControl } from '../http/control.ts';
import { below } from '../http/random.ts';
import { Refusal } from '../http/refusal.ts';
import { renameProject } from './data/projects.ts';
import type { Change } from './data/version.ts';
import { type ProviderControl, providerControl } from './panelControl.ts';
import type { Site } from './site.ts';
import { change, create, type IndexLag, move } from './store/changes.ts';
import { placeOf, settleIndex, versionAt } from './store/store.ts';
import { type WorklogControl, worklogControl } from './worklogControl.ts';

/**
 * Selects issues: either the ones listed, or `count` issues drawn from the seed (from one project, if `project` is
 * set).
 */
export interface IssueChoice {
  /** Ids (`10001`, `"10001"`) or keys. */
  issues?: (string | number)[];
  count?: number;
  /** Project key. */
  project?: string;
}

/** An issue after a change. */
export interface Touched {
  id: string;
  key: string;
  /** Milliseconds since 1970. */
  updated: number;
}

/** Commands for a running sandbox. `POST /_sandbox/control` takes the same names: `{"do": "touch", …}`. */
export interface JiraControl extends Omit<ServiceControl, 'limit'>, WorklogControl, ProviderControl {
  /** Requests per second for each route and method; null removes the limit. */
  burstLimit(limit: { perSecond: number | null }): void;
  /** Points that the OAuth app may spend in `perSeconds` (default: an hour); null removes the quota. */
  quota(limit: { points: number | null; perSeconds?: number }): void;
  /** From now on, search shows changes `ms` late; `share` is the share of changes affected (default 1). */
  indexLag(lag: { ms: number; share?: number }): void;
  /** Makes all pending changes visible to search at once. */
  settleIndex(): void;
  /**
   * Changes the content of issues and sets `updated` to the clock's time. One in three gets a comment instead of an
   * edit.
   */
  touch(choice: IssueChoice & { kind?: 'edit' | 'comment' }): Touched[];
  /** Pushes a commit to issues. Their Development panels change; their `updated` does not. */
  push(choice: IssueChoice): Touched[];
  /** Edits many issues and gives all of them the same `updated`. */
  bulkTouch(choice: IssueChoice): Touched[];
  /** Adds issues to a project (default: the first one). */
  create(what: { project?: string; count?: number }): Touched[];
  /** Deletes issues. Reads stop finding them at once, search after the index lag. */
  delete(choice: IssueChoice): Touched[];
  /** Moves issues to a project: the key changes, the id stays. */
  move(choice: IssueChoice & { to: string }): Touched[];
  /** Hides issues from the account, like a security level. Their `updated` does not change. */
  conceal(choice: IssueChoice): Touched[];
  /** Makes hidden issues visible again. */
  reveal(choice: { issues: (string | number)[] }): Touched[];
  /** Revokes the permission to browse a project. It is no longer listed or searchable, and its issues are not found. */
  revokeProject(which: { project: string }): void;
  /** Restores the permission to browse a project. */
  restoreProject(which: { project: string }): void;
  /** Archives a project, moves it to the trash, or restores it. Search covers only live projects. */
  projectStatus(which: { project: string; status: 'live' | 'archived' | 'deleted' }): void;
  /** Changes a project's key. The old key still finds it. */
  renameProject(which: { project: string; to: string }): void;
  /** `/mypermissions` denies exactly these permissions from now on. */
  denyPermissions(which: { permissions: string[] }): void;
  /** Deletes a sprint. Boards no longer show it, and no issue is in it. */
  deleteSprint(which: { sprint: number }): void;
  /** Turns issue linking on or off. */
  issueLinking(to: { enabled: boolean }): void;
  /** Adds audit records created at `at` (ms since 1970; default: the clock's time). Returns the new total. */
  audit(what: { count?: number; at?: number }): number;
  /** Replaces the account's credentials. Requests with the old ones become anonymous. */
  credentials(which: { email?: string; apiToken: string }): void;
  /** Lifetime of access tokens issued from now on; an hour by default. */
  accessTokens(life: { seconds: number }): void;
  /** Withdraws the account's consent to the OAuth app: all of its tokens become invalid. */
  revokeAuthorization(): void;
  /** From now on, the gateway says that a scope is missing for exactly these routes (see `RouteFilter`). */
  lackScope(which: { routes: string[] }): void;
}

/** The control methods of a site. */
export function controlOf(site: Site): JiraControl {
  const { store, world, clock } = site;
  const { advanceClock, stats, resetStats, limit, ...faults } = serviceControl(site);
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
    ...faults,
    burstLimit: ({ perSecond }) => limit({ name: 'burst', amount: perSecond }),
    quota: ({ points, perSeconds = 3600 }) => limit({ name: 'quota', amount: points, perSeconds }),
    ...providerControl(site),
    ...worklogControl(site, (issues) => chosen(site, { issues })),
    indexLag: ({ ms, share = 1 }) => {
      site.indexLag = { ms, share };
    },
    settleIndex: () => settleIndex(store, Number.POSITIVE_INFINITY),
    advanceClock,
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
    stats,
    resetStats,
  };
}

function nextKind(changes: readonly Change[] | undefined): 'edit' | 'comment' {
  return ((changes?.length ?? 0) + 1) % 3 === 0 ? 'comment' : 'edit';
}

/** Places of the chosen issues, without deleted ones. */
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
  // Random draws rarely hit if nearly all issues are wanted or few match, so take the rest in order.
  for (let n = 0; picked.size < wanted && n < total; n++) if (fits(n)) picked.add(n);
  return [...picked].sort((a, b) => a - b);
}
