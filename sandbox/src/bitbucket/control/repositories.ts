import { Refusal } from '../../http/refusal.ts';
import { fullName } from '../bodies/references.ts';
import type { Site } from '../site.ts';
import type { Repository } from '../store/facts.ts';
import { addRepository } from '../store/repositories.ts';
import { chosen, type RepositoryChoice } from './choose.ts';

/** A repository after a command. */
interface RepositoryFacts {
  uuid: string;
  /** `workspace/slug` */
  fullName: string;
}

/** Commands for repositories. */
export interface RepositoryControl {
  /** Adds an empty repository to a workspace (default: the first one), or a fork of `parent`. */
  createRepository(what: { slug?: string; workspace?: string; parent?: string }): RepositoryFacts;
  /** Changes the slug. The old one redirects until another repository takes it. */
  rename(which: RepositoryChoice & { to: string }): RepositoryFacts;
  /** Moves it to another workspace. Nothing is left at the old address; the uuid stays. */
  transfer(which: RepositoryChoice & { workspace: string }): RepositoryFacts;
  archive(which: RepositoryChoice): void;
  deleteRepository(which: RepositoryChoice): void;
  /** It stays listed, but its paths are refused: all of them, or those below one, such as `pipelines`. Default 403. */
  deny(which: RepositoryChoice & { status?: 403 | 404; below?: string }): void;
  /** Takes back all refusals of a repository. */
  allow(which: RepositoryChoice): void;
}

export function repositoryControl(site: Site): RepositoryControl {
  const { store, clock, formerNames } = site;
  const workspace = (slug: string) => {
    const found = store.workspaces.find((one) => one.slug === slug);
    if (!found) throw new Refusal(`no workspace ${slug}`);
    return found;
  };
  const touched = (one: Repository): RepositoryFacts => {
    one.updatedAt = clock.now();
    return { uuid: one.uuid, fullName: fullName(one) };
  };
  return {
    createRepository: ({ slug, workspace: owner, parent }) => {
      const made = addRepository(
        store,
        owner === undefined ? store.workspaces[0]! : workspace(owner),
        clock.now(),
        {
          ...(slug !== undefined && { slug }),
          ...(parent !== undefined && { parent: chosen(site, { repository: parent }) }),
        },
      );
      formerNames.delete(fullName(made));
      return touched(made);
    },
    rename: (which) => {
      const one = chosen(site, which);
      formerNames.set(fullName(one), one);
      one.slug = which.to;
      one.name = which.to;
      formerNames.delete(fullName(one));
      return touched(one);
    },
    transfer: (which) => {
      const one = chosen(site, which);
      one.workspace = workspace(which.workspace);
      return touched(one);
    },
    archive: (which) => {
      const one = chosen(site, which);
      one.isArchived = true;
      touched(one);
    },
    deleteRepository: (which) => {
      chosen(site, which).isDeleted = true;
    },
    deny: (which) => {
      const { status = 403, below } = which;
      site.denials.push({ repository: chosen(site, which), status, below });
    },
    allow: (which) => {
      const one = chosen(site, which);
      site.denials = site.denials.filter(({ repository }) => repository !== one);
    },
  };
}
