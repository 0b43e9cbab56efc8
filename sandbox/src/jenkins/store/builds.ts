import { fraction } from '../../http/random.ts';

export type Result = 'SUCCESS' | 'UNSTABLE' | 'FAILURE' | 'ABORTED' | 'NOT_BUILT';

/** What was changed about a build since the start, or what a build that began since then is like. */
export interface Change {
  timestamp: number;
  /** Undefined while it runs. */
  duration: number | undefined;
  result: Result | undefined;
  building: boolean;
  /** True until post-production has ended, some time after `building` turned false. */
  inProgress: boolean;
  /** Grows each time the build is run again in place under its number, or edited. */
  revision: number;
  kept: boolean;
  /** It will never end: the controller lost it. */
  stuck: boolean;
}

/** A build as it is now. */
export interface Build extends Change {
  number: number;
}

/** What cannot be exported of a build. See `damage` in the control commands. */
export type Damage = 'build' | 'culprits' | 'member' | 'action' | 'nan';

/** The builds of one job. Those of the generated history are only numbers until they are asked for. */
export interface Builds {
  seed: number;
  uid: number;
  /** The lowest number that may exist; those below are rotated away. */
  first: number;
  next: number;
  /** Builds below this number are generated. */
  generatedBelow: number;
  /** When the generated history ends, and the mean time between its builds (ms). */
  until: number;
  every: number;
  /** Numbers in between that do not exist: deleted, or damaged on disk. */
  missing: Set<number>;
  changed: Map<number, Change>;
  damaged: Map<number, Damage>;
  /** Mean duration of the newest completed builds; undefined = to be computed. */
  estimate: number | undefined;
}

export function has(builds: Builds, number: number): boolean {
  return number >= builds.first && number < builds.next && !builds.missing.has(number);
}

/** Number of builds. */
export function countOf({ first, next, missing }: Builds): number {
  return next - first - missing.size;
}

/** The numbers that exist, newest first. */
export function* numbersOf(builds: Builds): Generator<number> {
  for (let number = builds.next - 1; number >= builds.first; number--) if (has(builds, number)) yield number;
}

/** A build that must exist. */
export function buildOf(builds: Builds, number: number): Build {
  return { number, ...(builds.changed.get(number) ?? generated(builds, number)) };
}

/** The newest build that the test accepts. */
export function newest(builds: Builds, accept: (build: Build) => boolean = () => true): Build | undefined {
  for (const number of numbersOf(builds)) {
    const build = buildOf(builds, number);
    if (accept(build)) return build;
  }
  return undefined;
}

/** How long Jenkins thinks that a build of this job takes: one figure for all builds, old ones too, until one ends. */
export function estimateOf(builds: Builds): number {
  if (builds.estimate !== undefined) return builds.estimate;
  const durations: number[] = [];
  let looked = 0;
  for (const number of numbersOf(builds)) {
    const { result, duration, building } = buildOf(builds, number);
    if (!building && (result === 'SUCCESS' || result === 'UNSTABLE')) durations.push(duration ?? 0);
    // Jenkins looks at the last six only.
    if (durations.length === 3 || ++looked === 6) break;
  }
  builds.estimate = durations.length
    ? Math.round(durations.reduce((sum, one) => sum + one) / durations.length)
    : -1;
  return builds.estimate;
}

/** Changes a build, and what depends on it. */
export function change(builds: Builds, number: number, to: Partial<Change>): Build {
  const { number: _, ...before } = buildOf(builds, number);
  builds.changed.set(number, { ...before, ...to });
  builds.estimate = undefined;
  return buildOf(builds, number);
}

/** Begins a build under the next number. */
export function begin(builds: Builds, timestamp: number): Build {
  const number = builds.next++;
  builds.changed.set(number, {
    timestamp,
    duration: undefined,
    result: undefined,
    building: true,
    inProgress: true,
    revision: 0,
    kept: false,
    stuck: false,
  });
  return buildOf(builds, number);
}

/** Removes a build; its number is never given again. */
export function remove(builds: Builds, number: number): void {
  builds.missing.add(number);
  builds.changed.delete(number);
  builds.damaged.delete(number);
  while (builds.first < builds.next && builds.missing.delete(builds.first)) builds.first++;
  builds.estimate = undefined;
}

/** Mostly good, as in life. */
export function drawnResult(seed: number, uid: number, number: number): Result {
  const drawn = fraction(seed, uid * 1_000_003 + number, 11);
  if (drawn < 0.76) return 'SUCCESS';
  if (drawn < 0.84) return 'UNSTABLE';
  if (drawn < 0.94) return 'FAILURE';
  return drawn < 0.985 ? 'ABORTED' : 'NOT_BUILT';
}

/** Milliseconds, from seconds to two hours. */
export function drawnDuration(seed: number, uid: number, number: number): number {
  return Math.round(4000 * 1800 ** (fraction(seed, uid * 1_000_003 + number, 12) ** 2));
}

function generated({ seed, uid, generatedBelow, until, every }: Builds, number: number): Change {
  const jitter = fraction(seed, uid * 1_000_003 + number, 13) * 0.8;
  return {
    timestamp: Math.round(until - (generatedBelow - number - jitter) * every),
    duration: drawnDuration(seed, uid, number),
    result: drawnResult(seed, uid, number),
    building: false,
    inProgress: false,
    revision: 0,
    kept: fraction(seed, uid * 1_000_003 + number, 14) < 0.01,
    stuck: false,
  };
}
