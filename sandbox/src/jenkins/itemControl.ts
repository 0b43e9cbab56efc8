import { Refusal } from '../http/refusal.ts';
import { encodedBranch } from './data/names.ts';
import type { Site } from './site.ts';
import { itemNamed } from './store/find.ts';
import { addItem, noBuilds } from './store/grow.ts';
import { fullNameOf, type Item, KINDS, type Kind, withBelow } from './store/item.ts';

/** Commands on jobs and folders, by full name (`team/api/feature%2Flogin`). */
export interface ItemControl {
  /** Makes a job or a folder; returns its full name. It has no builds. */
  createJob(what: { name: string; folder?: string; kind?: Kind }): string;
  /** Finds a branch in a multibranch project; returns its job's full name. */
  createBranch(what: { multibranch: string; branch: string }): string;
  /** Deletes an item with everything below it. */
  deleteJob(which: { job: string }): void;
  /** Deletes a job and makes it again under its name: its numbers begin at 1. */
  recreate(which: { job: string }): void;
  /** Changes an item's name; its builds stay. Returns the new full name. */
  rename(which: { job: string; to: string }): string;
  /** Moves an item into a folder, or to the top (null). Returns the new full name. */
  move(which: { job: string; to: string | null }): string;
  disable(which: { job: string; disabled: boolean }): void;
  /**
   * Takes away the permission to read an item and all below it: its own address is a 403 (404 without the permission
   * to discover it), and lists leave it out unless `listed`.
   */
  deny(which: { job: string; status?: 403 | 404; listed?: boolean }): void;
  /** Gives the permission back, for one item or for all. */
  allow(which: { job?: string }): void;
}

export function itemControl(site: Site): ItemControl {
  const { forest, settings } = site;
  const named = (fullName: string): Item => {
    const item = itemNamed(forest, fullName);
    if (!item) throw new Refusal(`no job ${fullName}`);
    return item;
  };
  const siblings = (parent: Item | undefined): Item[] => parent?.children ?? forest.roots;
  const free = (parent: Item | undefined, name: string): void => {
    if (name === '' || siblings(parent).some((one) => one.name === name))
      throw new Refusal(`the name ${name} is taken`);
  };
  const folder = (fullName: string | undefined): Item | undefined => {
    if (fullName === undefined) return undefined;
    const item = named(fullName);
    if (item.builds) throw new Refusal(`${fullName} is no folder`);
    return item;
  };
  const create = (parent: Item | undefined, name: string, kind: Kind, displayName?: string): Item => {
    free(parent, name);
    const item = addItem(forest, { kind, name, displayName, parent });
    if (KINDS[kind].run) item.builds = noBuilds(settings.seed, item.uid);
    return item;
  };
  const take = (item: Item): void => {
    const list = siblings(item.parent);
    list.splice(list.indexOf(item), 1);
  };
  return {
    createJob: ({ name, folder: in_, kind = 'freestyle' }) => {
      if (!Object.hasOwn(KINDS, kind)) throw new Refusal(`kinds are ${Object.keys(KINDS).join(', ')}`);
      return fullNameOf(create(folder(in_), name, kind));
    },
    createBranch: ({ multibranch, branch }) => {
      const parent = named(multibranch);
      if (parent.kind !== 'multibranch') throw new Refusal(`${multibranch} is no multibranch project`);
      return fullNameOf(create(parent, encodedBranch(branch), 'pipeline', branch));
    },
    deleteJob: ({ job }) => take(named(job)),
    recreate: ({ job }) => {
      const old = named(job);
      if (!old.builds) throw new Refusal(`${job} is a folder`);
      take(old);
      create(old.parent, old.name, old.kind, old.displayName);
    },
    rename: ({ job, to }) => {
      const item = named(job);
      free(item.parent, to);
      Object.assign(item, { name: to, displayName: item.displayName === item.name ? to : item.displayName });
      return fullNameOf(item);
    },
    move: ({ job, to }) => {
      const item = named(job);
      const parent = folder(to ?? undefined);
      for (let above = parent; above; above = above.parent)
        if (above === item) throw new Refusal('an item cannot be moved below itself');
      free(parent, item.name);
      take(item);
      item.parent = parent;
      siblings(parent).push(item);
      return fullNameOf(item);
    },
    disable: ({ job, disabled }) => {
      named(job).disabled = disabled;
    },
    deny: ({ job, status = 403, listed = false }) => {
      named(job).denied = { status, listed };
    },
    allow: ({ job }) => {
      for (const item of job === undefined ? withBelow(forest.roots) : [named(job)]) item.denied = undefined;
    },
  };
}
