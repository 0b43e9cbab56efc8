import { Refusal } from '../http/refusal.ts';
import { shapeOf } from './data/shape.ts';
import { worklogsMade } from './data/worklogs.ts';
import type { Site } from './site.ts';
import { change } from './store/changes.ts';
import { versionAt } from './store/store.ts';
import { currentWorklog, noteDeleted, noteUpdated } from './store/worklogs.ts';

/** A worklog after a change. */
export interface TouchedWorklog {
  id: string;
  issueId: string;
  /** Milliseconds since 1970: its `updated`, or its time of deletion. */
  updated: number;
}

/** Commands for worklogs. Each one also changes the `updated` of the issue. */
export interface WorklogControl {
  /** Adds a worklog to each of the issues. */
  addWorklogs(choice: { issues: (string | number)[] }): TouchedWorklog[];
  /** Edits worklogs by adding an hour. */
  editWorklogs(which: { worklogs: (string | number)[] }): TouchedWorklog[];
  deleteWorklogs(which: { worklogs: (string | number)[] }): TouchedWorklog[];
}

/** @param chosen finds the places of issues by id or key; throws if one does not exist */
export function worklogControl(
  site: Site,
  chosen: (issues: (string | number)[]) => readonly number[],
): WorklogControl {
  const { store, world, clock } = site;
  const log = (n: number, act: 'add' | 'edit' | 'delete', index: number): number => {
    if (site.book.fixed) throw new Refusal('recorded issues do not change');
    const at = clock.now();
    change(store, n, at, 'worklog', { ...site.indexLag, seed: world.seed }, { worklog: { act, index } });
    return at;
  };
  const existing = (id: string | number) => {
    const found = currentWorklog(site, Number(id));
    if (!found) throw new Refusal(`no worklog ${id}`);
    return found;
  };
  return {
    addWorklogs: ({ issues }) =>
      chosen(issues).map((n) => {
        log(n, 'add', worklogsMade(shapeOf(world, n), versionAt(store, n)));
        const version = versionAt(store, n);
        const { id, updated } = site.book.worklogsOf(version).at(-1)!;
        noteUpdated(site, { at: updated, id, n });
        return { id: String(id), issueId: String(version.id), updated };
      }),
    editWorklogs: ({ worklogs }) =>
      worklogs.map((name) => {
        const { version, worklog } = existing(name);
        const updated = log(version.n, 'edit', worklog.index);
        noteUpdated(site, { at: updated, id: worklog.id, n: version.n });
        return { id: String(worklog.id), issueId: String(version.id), updated };
      }),
    deleteWorklogs: ({ worklogs }) =>
      worklogs.map((name) => {
        const { version, worklog } = existing(name);
        const updated = log(version.n, 'delete', worklog.index);
        noteDeleted(site, { at: updated, id: worklog.id, n: version.n });
        return { id: String(worklog.id), issueId: String(version.id), updated };
      }),
  };
}
