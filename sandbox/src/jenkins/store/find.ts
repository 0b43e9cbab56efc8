import { has, newest } from './builds.ts';
import type { Forest } from './grow.ts';
import { fullNameOf, type Item, isPart, withBelow } from './item.ts';

/** Where a path leads: an item, or one of its builds. */
export interface Place {
  item: Item;
  number: number | undefined;
}

/**
 * Follows a path such as `job/team/job/api/12`, as sent. Undefined if it leads nowhere. An encoded slash divides
 * segments here too, because the servlet container decodes the path once; a name with `%2F` is encoded twice.
 */
export function placeAt(forest: Forest, path: string): Place | undefined {
  const segments = decodedSegments(path);
  if (!segments) return undefined;
  let items: readonly Item[] = forest.roots;
  let item: Item | undefined;
  for (let at = 0; at < segments.length; at++) {
    const isJob = segments[at] === 'job';
    const name = isJob ? segments[++at] : segments[at];
    const next = items.find((one) => one.name === name && isPart(one) !== isJob);
    if (next) {
      item = next;
      items = next.children;
      continue;
    }
    const number = item && !isJob && at === segments.length - 1 ? numberAt(item, name!) : undefined;
    return item && number !== undefined ? { item, number } : undefined;
  }
  return item && { item, number: undefined };
}

/** An item by its full name. */
export function itemNamed(forest: Forest, fullName: string): Item | undefined {
  for (const item of withBelow(forest.roots)) if (fullNameOf(item) === fullName) return item;
  return undefined;
}

function decodedSegments(path: string): string[] | undefined {
  try {
    return decodeURIComponent(path)
      .split('/')
      .filter((one) => one !== '');
  } catch {
    return undefined;
  }
}

/** A build by its number or a permalink. */
function numberAt({ builds }: Item, name: string): number | undefined {
  if (!builds) return undefined;
  if (/^[1-9][0-9]*$/.test(name)) return has(builds, Number(name)) ? Number(name) : undefined;
  if (!(name in PERMALINKS)) return undefined;
  return newest(builds, PERMALINKS[name as keyof typeof PERMALINKS])?.number;
}

type Test = Parameters<typeof newest>[1];

/** Jenkins' names for certain builds of a job. */
export const PERMALINKS = {
  lastBuild: undefined,
  lastCompletedBuild: ({ building }) => !building,
  lastFailedBuild: ({ building, result }) => !building && result === 'FAILURE',
  lastStableBuild: ({ building, result }) => !building && result === 'SUCCESS',
  lastSuccessfulBuild: ({ building, result }) => !building && (result === 'SUCCESS' || result === 'UNSTABLE'),
  lastUnstableBuild: ({ building, result }) => !building && result === 'UNSTABLE',
  lastUnsuccessfulBuild: ({ building, result }) => !building && result !== 'SUCCESS',
} satisfies Record<string, Test>;
