import { below, fraction } from '../../http/random.ts';
import { branchName, encodedBranch, folderName, jobName, repositoryName } from '../data/names.ts';
import type { JenkinsSettings } from '../options.ts';
import { type Builds, buildOf, numbersOf } from './builds.ts';
import type { Item, Kind } from './item.ts';

/** All items of a controller. */
export interface Forest {
  roots: Item[];
  nextUid: number;
}

const DAY = 86_400_000;
/** The kinds of jobs outside of multibranch projects, in turn. */
const KINDS_IN_TURN: readonly Kind[] = [
  'freestyle',
  'pipeline',
  'freestyle',
  'pipeline',
  'matrix',
  'pipeline',
  'freestyle',
  'maven',
];
const AXES = ['jdk=17,os=linux', 'jdk=17,os=windows', 'jdk=21,os=linux'];

/** The items of a new controller: jobs in folders, branches in multibranch projects, and their history. */
export function grownForest(settings: JenkinsSettings, until: number): Forest {
  const { seed, jobs, levels, awkward } = settings;
  const forest: Forest = { roots: [], nextUid: 1 };
  const folders = new Map<string, Item>();
  const container = (kind: Kind, depth: number, n: number): Item | undefined => {
    if (depth === 0) return undefined;
    const key = `${kind} ${depth} ${n}`;
    const known = folders.get(key);
    if (known) return known;
    const parent =
      kind === 'multibranch' && depth > 1 && n % 2 === 1
        ? container('organization', depth - 1, n >> 1)
        : container('folder', depth - 1, n >> 2);
    const siblings = parent?.children ?? forest.roots;
    const name = uniqueName(siblings, (i) =>
      kind === 'multibranch' ? repositoryName(n + i) : folderName(n + i),
    );
    const made = addItem(forest, { kind, name, parent });
    folders.set(key, made);
    return made;
  };
  const made: Item[] = [];
  for (let i = 0; i < jobs; i++) {
    const depth = 1 + (i % levels);
    const group = Math.floor(i / (levels * 8));
    const isBranch = depth > 1 && Math.floor(i / levels) % 3 === 1;
    const parent = container(isBranch ? 'multibranch' : 'folder', depth - 1, group);
    const siblings = parent?.children ?? forest.roots;
    if (isBranch) {
      const branch = branchName(siblings.length);
      made.push(
        addItem(forest, { kind: 'pipeline', name: encodedBranch(branch), displayName: branch, parent }),
      );
      continue;
    }
    const kind = KINDS_IN_TURN[below(KINDS_IN_TURN.length, seed, i, 31)]!;
    const name = uniqueName(siblings, (n) => jobName(siblings.length + n, awkward));
    made.push(addItem(forest, { kind, name, parent }));
  }
  if (awkward && levels > 1) addItem(forest, { kind: 'folder', name: 'empty', parent: undefined });
  share(settings, made, until);
  for (const item of made) addParts(forest, settings, item);
  run(settings, made);
  return forest;
}

/** Adds an item to its parent. A project has no builds yet. */
export function addItem(
  forest: Forest,
  {
    kind,
    name,
    displayName = name,
    parent,
  }: Pick<Item, 'kind' | 'name' | 'parent'> & { displayName?: string },
): Item {
  const item: Item = {
    uid: forest.nextUid++,
    kind,
    name,
    displayName,
    parent,
    children: [],
    builds: undefined,
    disabled: false,
    denied: undefined,
  };
  (parent?.children ?? forest.roots).push(item);
  return item;
}

/** A job's builds before the first one. */
export function noBuilds(seed: number, uid: number): Builds {
  return {
    seed,
    uid,
    first: 1,
    next: 1,
    generatedBelow: 1,
    until: 0,
    every: 0,
    missing: new Set(),
    changed: new Map(),
    damaged: new Map(),
    estimate: undefined,
  };
}

/** The first of the offered names that no sibling has. */
function uniqueName(siblings: readonly Item[], offer: (n: number) => string): string {
  for (let n = 0; ; n++) {
    const name = offer(n);
    if (!siblings.some((one) => one.name === name)) return name;
  }
}

/** Shares the builds out to the jobs: a few have most of them, and one of many has none. */
function share({ seed, builds, awkward }: JenkinsSettings, jobs: readonly Item[], until: number): void {
  const weights = jobs.map((_, i) =>
    jobs.length > 5 && i % 50 === 5 ? 0 : 0.3 + 3 * fraction(seed, i, 41) ** 4,
  );
  const sum = weights.reduce((total, one) => total + one, 0);
  let given = 0;
  let owed = 0;
  for (const [i, item] of jobs.entries()) {
    owed += (builds * weights[i]!) / sum;
    const count = Math.round(owed) - given;
    given += count;
    item.builds = history(seed, item.uid, count, until, awkward);
  }
}

/** A history of `count` builds. With gaps: builds were deleted by hand, and old ones rotated away. */
function history(seed: number, uid: number, count: number, until: number, gaps: boolean): Builds {
  const builds = noBuilds(seed, uid);
  if (count === 0) return builds;
  builds.first = 1 + (gaps && uid % 3 === 0 ? below(500, seed, uid, 42) : 0);
  builds.until = until - below(DAY, seed, uid, 43);
  builds.every = Math.round((20 + 400 * fraction(seed, uid, 44)) * 60_000);
  let next = builds.first;
  for (let made = 0; made < count; next++) {
    if (gaps && next > builds.first && fraction(seed, uid * 1_000_003 + next, 45) < 0.02)
      builds.missing.add(next);
    else made++;
  }
  builds.next = next;
  builds.generatedBelow = next;
  return builds;
}

/** A matrix job's configurations and a Maven job's modules, with builds of their own. */
function addParts(forest: Forest, { seed }: JenkinsSettings, item: Item): void {
  const names =
    item.kind === 'matrix' ? AXES : item.kind === 'maven' ? ['com.acme$core', 'com.acme$app'] : [];
  const { builds } = item;
  for (const name of names) {
    const part = addItem(forest, {
      kind: item.kind === 'matrix' ? 'configuration' : 'module',
      name,
      parent: item,
    });
    part.builds = noBuilds(seed, part.uid);
    if (!builds || builds.next === builds.first) continue;
    // The newest few builds of the whole also ran this part.
    const first = Math.max(builds.first, builds.next - 4);
    Object.assign(part.builds, {
      first,
      next: builds.next,
      generatedBelow: builds.next,
      until: builds.until,
      every: builds.every,
    });
  }
}

/** Puts builds under way: the newest of each job, and slower ones below. The first ones are lost by the controller. */
function run({ seed, running, stuck }: JenkinsSettings, jobs: readonly Item[]): void {
  const candidates = jobs.flatMap(({ builds }) => (builds && builds.next > builds.first ? [builds] : []));
  const numbers = new Map<Builds, number[]>();
  for (let r = 0, turn = 0; r < running; turn++) {
    const builds = candidates[turn % candidates.length]!;
    const left = numbers.get(builds) ?? [...numbersOf(builds)];
    numbers.set(builds, left);
    if (left.length === 0) continue;
    const number = left.splice(below(Math.min(3, left.length), seed, turn, 51), 1)[0]!;
    const { timestamp, kept } = buildOf(builds, number);
    builds.changed.set(number, {
      timestamp,
      duration: undefined,
      result: undefined,
      building: true,
      inProgress: true,
      revision: 0,
      kept,
      stuck: r < stuck,
    });
    r++;
  }
}
