import { fraction } from '../../http/random.ts';
import type { Change } from '../data/version.ts';
import { addRow } from './rows.ts';
import { type IssueStore, indexedVersion, showVersion, versionAt } from './store.ts';

/** Index lag: this share of changes (drawn from the seed) appears in search `ms` late. */
export interface IndexLag {
  ms: number;
  share: number;
  seed: number;
}

/** Records a change of an issue. Search sees it after the lag. */
export function change(
  store: IssueStore,
  n: number,
  at: number,
  kind: Change['kind'],
  lag: IndexLag,
  what: Partial<Pick<Change, 'project' | 'number' | 'worklog'>> = {},
): void {
  const { project, number } = versionAt(store, n);
  const seen = indexedVersion(store, n);
  const changes = store.changes.get(n) ?? [];
  changes.push({ at, kind, project, number, ...what });
  store.changes.set(n, changes);
  announce(store, n, changes.length, seen, at, lag);
}

/** Adds an issue to a project and returns its place. */
export function create(store: IssueStore, project: number, at: number, lag: IndexLag): number {
  const { rows } = store;
  const number = store.nextNumbers[project]!++;
  const n = addRow(rows, rows.count === 0 ? 10_001 : rows.id[rows.count - 1]! + 1, project, number, at, at);
  store.laterKeys.set(`${store.projects[project]!.key}-${number}`, n);
  announce(store, n, 0, -1, at, lag);
  return n;
}

/** Moves an issue to another project under a new number. Its old key still finds it. */
export function move(store: IssueStore, n: number, project: number, at: number, lag: IndexLag): void {
  const before = versionAt(store, n);
  const number = store.nextNumbers[project]!++;
  store.laterKeys.set(`${store.projects[before.project]!.key}-${before.number}`, n);
  store.laterKeys.set(`${store.projects[project]!.key}-${number}`, n);
  change(store, n, at, 'move', lag, { project, number });
}

function announce(
  store: IssueStore,
  n: number,
  version: number,
  seen: number,
  at: number,
  lag: IndexLag,
): void {
  store.hidden.set(n, seen);
  if (lag.ms <= 0 || fraction(lag.seed, n, 80_000 + version) >= lag.share) {
    showVersion(store, n, version);
    return;
  }
  const visibleAt = at + lag.ms;
  const where = store.pending.findLastIndex((one) => one.visibleAt <= visibleAt) + 1;
  store.pending.splice(where, 0, { visibleAt, place: n, version });
}
