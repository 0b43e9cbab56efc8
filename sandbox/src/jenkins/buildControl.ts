import { below } from '../http/random.ts';
import { Refusal } from '../http/refusal.ts';
import type { Site } from './site.ts';
import {
  type Build,
  type Builds,
  begin,
  buildOf,
  change,
  type Damage,
  drawnDuration,
  drawnResult,
  has,
  numbersOf,
  type Result,
  remove,
} from './store/builds.ts';
import { itemNamed } from './store/find.ts';
import { fullNameOf, type Item, isPart, withBelow } from './store/item.ts';

/** Selects builds: those listed of one job, or `count` drawn from the seed, from one job or from all. */
export interface BuildChoice {
  /** Full name. */
  job?: string;
  numbers?: number[];
  count?: number;
}

/** A build that a command touched. */
export interface TouchedBuild {
  jobFullName: string;
  number: number;
  timestamp: number;
}

/** Commands on builds. Times are the controller's. */
export interface BuildControl {
  /** Begins `count` builds (default 1), in one job or in drawn ones. */
  start(what: { job?: string; count?: number }): TouchedBuild[];
  /**
   * Ends builds under way: the listed ones, or `count` (default 1) drawn in random order. With `inProgress`, `building`
   * turns false, but post-production goes on until `finish` is told again.
   */
  finish(choice: BuildChoice & { result?: Result; inProgress?: boolean }): TouchedBuild[];
  /** Ends builds under way as ABORTED. */
  abort(choice: BuildChoice): TouchedBuild[];
  /** Sets the result of builds that go on. */
  decide(choice: BuildChoice & { result: Result }): TouchedBuild[];
  /** Runs finished builds again in place: number and timestamp stay, the content is another. */
  rerun(choice: BuildChoice): TouchedBuild[];
  /** Deletes the oldest builds of a job, all but the newest `keep`, and those that are kept for ever. */
  rotate(which: { job: string; keep: number }): TouchedBuild[];
  /** Deletes builds. */
  deleteBuilds(choice: BuildChoice): TouchedBuild[];
  /**
   * Makes part of a build unreadable. `build`: lists leave it out in silence, unless they ask for
   * its number and time only, and its own page is a 500. `culprits`: the
   * same, but only if culprits are asked for, and for the builds after it too. `member`: the same for `executor`, which
   * its own page without a tree shows. `action`: one of its actions is missing if its details are asked for. `nan`: its
   * answers are no JSON. Null mends it.
   */
  damage(choice: BuildChoice & { what: Damage | null }): TouchedBuild[];
  /** Loses all builds under way: no executor works on them, and they never end. Returns how many. */
  lose(): number;
}

export function buildControl(site: Site): BuildControl {
  const { clock, settings } = site;
  const open = ({ building, inProgress, stuck }: Build): boolean => (building || inProgress) && !stuck;
  const touch = (
    choice: BuildChoice,
    test: (build: Build) => boolean,
    act: (builds: Builds, build: Build) => void,
  ): TouchedBuild[] =>
    chosen(site, choice, test).map(([item, build]) => {
      act(item.builds!, build);
      return { jobFullName: fullNameOf(item), number: build.number, timestamp: build.timestamp };
    });
  const end = (
    builds: Builds,
    { number, timestamp, result: decided }: Build,
    result: Result | undefined,
    inProgress: boolean,
  ): void => {
    change(builds, number, {
      building: false,
      inProgress,
      // By the clock; a build may not end before it began, and the clock may have been set back.
      duration: Math.max(0, clock.now() - timestamp),
      result: result ?? decided ?? drawnResult(settings.seed, builds.uid, number),
    });
  };
  return {
    start: ({ job, count = 1 }) =>
      Array.from({ length: count }, () => {
        const jobs = job === undefined ? projects(site) : [projectNamed(site, job)];
        if (jobs.length === 0) throw new Refusal('there is no job');
        const item = jobs[below(jobs.length, settings.seed, site.choices++, 201)]!;
        const { number, timestamp } = begin(item.builds!, clock.now());
        return { jobFullName: fullNameOf(item), number, timestamp };
      }),
    finish: ({ result, inProgress = false, ...choice }) =>
      touch(choice, open, (builds, build) => end(builds, build, result, inProgress)),
    abort: (choice) => touch(choice, open, (builds, build) => end(builds, build, 'ABORTED', false)),
    decide: ({ result, ...choice }) =>
      touch(choice, open, (builds, { number }) => change(builds, number, { result })),
    rerun: (choice) =>
      touch(
        choice,
        ({ building }) => !building,
        (builds, { number, revision }) =>
          change(builds, number, {
            revision: revision + 1,
            result: drawnResult(settings.seed, builds.uid + revision + 1, number),
            duration: drawnDuration(settings.seed, builds.uid + revision + 1, number),
          }),
      ),
    rotate: ({ job, keep }) => {
      const { builds } = projectNamed(site, job);
      const old = [...numbersOf(builds!)].slice(keep).filter((number) => !buildOf(builds!, number).kept);
      if (old.length === 0) return [];
      return touch(
        { job, numbers: old.reverse() },
        () => true,
        (_, { number }) => remove(builds!, number),
      );
    },
    deleteBuilds: (choice) =>
      touch(
        choice,
        () => true,
        (builds, { number }) => remove(builds, number),
      ),
    damage: ({ what, ...choice }) =>
      touch(
        choice,
        () => true,
        (builds, { number }) => {
          if (what === null) builds.damaged.delete(number);
          else builds.damaged.set(number, what);
        },
      ),
    lose: () =>
      touch({ count: Number.POSITIVE_INFINITY }, open, (builds, { number }) =>
        change(builds, number, { stuck: true }),
      ).length,
  };
}

/** The builds that a command is about. */
function chosen(
  site: Site,
  { job, numbers, count = 1 }: BuildChoice,
  test: (build: Build) => boolean,
): [Item, Build][] {
  if (numbers) {
    if (job === undefined) throw new Refusal('numbers need a job');
    const item = projectNamed(site, job);
    return numbers.map((number) => {
      if (!has(item.builds!, number)) throw new Refusal(`no build ${job} #${number}`);
      return [item, buildOf(item.builds!, number)];
    });
  }
  const jobs = job === undefined ? projects(site) : [projectNamed(site, job)];
  const all = jobs.flatMap((item) =>
    [...numbersOf(item.builds!)]
      .map((number): [Item, Build] => [item, buildOf(item.builds!, number)])
      .filter(([, build]) => test(build)),
  );
  const picked: [Item, Build][] = [];
  while (picked.length < count && all.length > 0)
    picked.push(all.splice(below(all.length, site.settings.seed, site.choices++, 202), 1)[0]!);
  return picked;
}

/** Jobs that start builds themselves. */
function projects({ forest }: Site): Item[] {
  return [...withBelow(forest.roots)].filter((item) => item.builds && !isPart(item));
}

function projectNamed({ forest }: Site, fullName: string): Item {
  const item = itemNamed(forest, fullName);
  if (!item?.builds) throw new Refusal(`no job ${fullName}`);
  return item;
}
