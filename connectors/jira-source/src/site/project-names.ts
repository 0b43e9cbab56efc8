import type { OpenContext } from '@headrace/sdk';

/** Project keys as written in a configuration, with the ids of the projects they name. */
export type Names = Readonly<Record<string, string>>;

type States = NonNullable<OpenContext['reading']>['states'];
type Saved = Readonly<Record<string, { readonly projectKey?: unknown }>>;

/** Streams whose partitions are projects. */
const BY_PROJECT = ['issues', 'issue_changelogs', 'comments', 'attachments', 'dev_status', 'issue_deletions'];

/** The names that the states of earlier runs contain. */
export function namesIn(states: States): Names {
  return Object.assign({}, ...[...states.values()].map((state) => state?.names ?? {})) as Names;
}

/**
 * The keys that named a project in an earlier run, according to its states. An older state contains only ids. If one of
 * these projects is no longer visible, each of `keys` may have been its key.
 */
export function keysSeenBefore(
  keys: readonly string[],
  states: States,
  names: Names,
  found: ReadonlyArray<{ readonly key: string }>,
): readonly string[] {
  const saved = BY_PROJECT.flatMap((stream) =>
    Object.entries((states.get(stream)?.partitions ?? {}) as Saved),
  );
  const inSight = new Set(found.map(({ key }) => key));
  const lost = saved.some(([id]) => !inSight.has(id));
  const isNameless = Object.keys(names).length === 0;
  if (isNameless && lost) return keys;
  return [...Object.keys(names), ...saved.map(([, { projectKey }]) => String(projectKey))];
}
