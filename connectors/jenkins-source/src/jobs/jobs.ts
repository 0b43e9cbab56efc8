import { ConfigError, isPattern, type Listing, type Log, type Partition, sharedList } from '@headrace/sdk';
import type { Requests } from '../answers/requests.ts';
import type { Config } from '../config.ts';
import type { Item, Job } from './item.ts';
import { listing } from './listing.ts';
import type { Listed, Unlisted, View } from './look.ts';
import { selectedBy } from './selected.ts';

/** The selected jobs and folders. Their list is read once in a run. */
export interface Jobs {
  /** The selected jobs that have builds. A folder that cannot be looked into is told, and the others are listed. */
  jobs(listing: Listing): AsyncGenerator<Job>;
  /** What was listed together, with the selected items of it. */
  folders(listing: Listing): AsyncGenerator<ListedFolder>;
  /** @throws HeadraceError if a folder cannot be looked into, or a pattern of the configuration matches nothing */
  check(): Promise<void>;
}

/** Some levels of a folder, and what is selected of them. */
export interface ListedFolder extends Partition, View {
  /** By `Nested.key`. */
  readonly selected: ReadonlyMap<string, Item>;
}

export function jobsOf(config: Config, requests: Requests, log: Log): Jobs {
  const selected = selectedBy(config);
  async function* all(): AsyncGenerator<Listed | Unlisted> {
    yield* listing(requests, selected.roots, selected.mayHold, config.concurrency);
    for (const { place, pattern } of selected.unmatched())
      log.warn(`config.${place}: no job matches ${pattern}`);
  }
  const shared = sharedList(all());
  async function* folders({ failed }: Listing): AsyncGenerator<ListedFolder> {
    for await (const one of shared) {
      if ('error' in one) failed(one.where, one.error);
      else {
        const { items, deeper: _, ...view } = one;
        const chosen = [...items].filter(([, item]) => selected.has(item));
        // What is asked for by an outer folder is another part than that folder.
        const key = view.skip > 0 ? `${view.folder.fullName}/**` : view.folder.fullName;
        yield { ...view, key, selected: new Map(chosen) };
      }
    }
  }
  return {
    folders,
    async *jobs(list) {
      for await (const { selected: items } of folders(list))
        for (const { job } of items.values()) if (job) yield job;
    },
    async check() {
      const failed = (_: string, error: unknown): never => {
        throw error;
      };
      for await (const _ of folders({ failed })) if (selected.unmatched().length === 0) return;
      const [unmatched] = selected.unmatched();
      if (unmatched) throw noMatch(unmatched);
    },
  };
}

function noMatch({ place, pattern }: { readonly place: string; readonly pattern: string }): ConfigError {
  return new ConfigError(`the account sees no job ${isPattern(pattern) ? 'that matches ' : ''}${pattern}`, {
    code: 'jenkins.no_job',
    place: `config.${place}`,
    hint: 'write full names with their folders; * stands for a part of a name, ** for any folders',
  });
}
