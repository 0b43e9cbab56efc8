import type { Site } from './site.ts';
import { buildOf, countOf, numbersOf } from './store/builds.ts';
import { denialOf, fullNameOf, type Item, KINDS, type Kind, pathOf, withBelow } from './store/item.ts';

/** What there is to know about an item, straight from the store: nothing here passes through the tree code. */
export interface JobFacts {
  uid: number;
  kind: Kind;
  className: string;
  fullName: string;
  name: string;
  /** Where it is below Jenkins' root, encoded: `job/team/job/a%20b`. */
  path: string;
  /** Undefined for folders. */
  builds: number | undefined;
  nextBuildNumber: number | undefined;
}

/** A build that a complete sync must hold. */
export interface BuildFacts {
  uid: number;
  jobFullName: string;
  number: number;
  timestamp: number;
  /** Undefined while it is not decided. */
  result: string | undefined;
  duration: number | undefined;
  building: boolean;
  inProgress: boolean;
  /** Grows each time the build is run again in place. */
  revision: number;
  /** Set if some of it cannot be exported. */
  damage: string | undefined;
}

/** Items that the account can see. */
export function jobFacts({ forest }: Site): JobFacts[] {
  return visible(forest.roots).map((item) => ({
    uid: item.uid,
    kind: item.kind,
    className: KINDS[item.kind].className,
    fullName: fullNameOf(item),
    name: item.name,
    path: pathOf(item).slice(0, -1),
    builds: item.builds && countOf(item.builds),
    nextBuildNumber: item.builds?.next,
  }));
}

/** Builds of items that the account can see, by job and number. */
export function buildFacts({ forest }: Site): BuildFacts[] {
  return visible(forest.roots).flatMap((item) => factsOf(item));
}

/** The builds of one item, by number. */
function factsOf(item: Item): BuildFacts[] {
  const { builds } = item;
  if (!builds) return [];
  const jobFullName = fullNameOf(item);
  return [...numbersOf(builds)].reverse().map((number) => {
    const { timestamp, result, duration, building, inProgress, revision } = buildOf(builds, number);
    return {
      uid: item.uid,
      jobFullName,
      number,
      timestamp,
      result,
      duration,
      building,
      inProgress,
      revision,
      damage: builds.damaged.get(number),
    };
  });
}

function visible(roots: readonly Item[]): Item[] {
  return [...withBelow(roots)].filter((item) => !denialOf(item));
}
