import type { JenkinsSandbox } from '@headrace/sandbox';
import { endOf } from '@headrace/sdk/testing';
import { judge, type Result } from '../result.ts';
import { isEqual, sentenceOf } from './landed.ts';
import { worldOf } from './world.ts';

/** One world alone: WORLD=18 WORLDS=18, with VERBOSE=1 for what happened in it. */
const FIRST = Number(process.env.WORLD ?? 1);
const WORLDS = Number(process.env.WORLDS ?? 40);
const SYNCS = 8;

/** Whole numbers below a limit, the same for the same seed. */
function drawsOf(seed: number): (limit: number) => number {
  let state = seed * 2_654_435_761;
  return (limit) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 3_266_489_917) >>> 0;
    return state % limit;
  };
}

/**
 * Worlds in which everything happens to jobs and builds between syncs, and one sync in three is killed: in the end, every build that is there has landed
 * as it is, and each finished one once.
 */
export async function jenkinsChanging(): Promise<Result> {
  const result = { passed: 0, failed: 0 };
  for (let seed = FIRST; seed <= WORLDS; seed++) {
    const draw = drawsOf(seed);
    const world = await worldOf({
      seed,
      jobs: 4 + draw(14),
      builds: 30 + draw(600),
      levels: 1 + draw(5),
      running: draw(12),
      strictRanges: draw(3) === 0,
      nullLastBuild: draw(2) === 0,
      pathPrefix: draw(2) ? '/ci' : '',
      rootUrl: [undefined, 'http://localhost:8080/', null][draw(3)],
    });
    const { jenkins, landed, sync } = world;
    const done: string[] = [];
    try {
      for (let i = 0; i < SYNCS; i++) {
        for (let n = draw(12); n > 0; n--) done.push(happens(jenkins, draw));
        jenkins.control.busy({ enabled: draw(4) === 0 });
        if (draw(3) === 0)
          jenkins.control.faultRate({
            rate: 0.1,
            kinds: ['500', '503', 'reset', 'cut-json', 'proxy-page', 'oops'],
          });
        const killed = draw(3) === 0 ? draw(100) / 100 : 1;
        done.push(`sync ${i}${killed < 1 ? `, killed after ${killed}` : ''}`);
        await sync(killed);
        jenkins.control.clearFaults();
      }
      mend(jenkins);
      await sync();
      const last = await sync();
      const comparison = await landed.compare(jenkins);
      const isFine = isEqual(comparison) && endOf(last, 'builds') === 'COMPLETE' && last.records.length === 0;
      judge(
        result,
        isFine,
        `world ${seed}: ${sentenceOf(comparison)}; the last sync ${endOf(last, 'builds')}, ${last.records.length} records`,
      );
      if (!isFine && process.env.VERBOSE) process.stdout.write(`${done.join('\n')}\n${world.states()}\n`);
    } finally {
      await jenkins.close();
    }
  }
  return result;
}

/** One thing happens, or cannot: a name is taken, a job is there no more. */
function happens(jenkins: JenkinsSandbox, draw: (limit: number) => number): string {
  try {
    return happen(jenkins, draw);
  } catch (error) {
    if ((error as { status?: number }).status !== 400) throw error;
    return (error as Error).message;
  }
}

/** Returns what happened. */
function happen({ control, jobs, builds, now }: JenkinsSandbox, draw: (limit: number) => number): string {
  const all = jobs();
  const own = all.filter(
    ({ kind, builds: count }) => count !== undefined && kind !== 'configuration' && kind !== 'module',
  );
  if (own.length === 0) return control.createJob({ name: `new ${draw(1e6)}` });
  const { fullName: job } = own[draw(own.length)]!;
  const some = builds().filter(({ jobFullName }) => jobFullName === job);
  const one = some.length > 0 ? [some[draw(some.length)]!.number] : undefined;
  const folder = all.find(({ kind }) => kind === 'folder')?.fullName;
  const say = (name: string, ...what: unknown[]): string => `${name} ${job} ${JSON.stringify(what)}`;
  switch (draw(19)) {
    case 0:
    case 1:
    case 2:
      return say('start', control.start({ job, count: 1 + draw(5) }));
    case 3:
      return say('start many', control.start({ job, count: 80 + draw(120) }).length);
    case 4:
    case 5:
    case 6:
      return say('finish', control.finish({ count: 1 + draw(6) }));
    case 7:
      return say('post', control.finish({ count: 2, inProgress: true }));
    case 8:
      return say('decide', control.decide({ count: 2, result: 'UNSTABLE' }));
    case 9:
      return say('abort', control.abort({ count: 1 }));
    case 10:
      return say('rotate', control.rotate({ job, keep: draw(20) }).length);
    case 11:
      return say('delete', one && control.deleteBuilds({ job, numbers: one }));
    case 12:
      return say(
        'damage',
        one &&
          control.damage({
            job,
            numbers: one,
            what: (['build', 'culprits', 'member'] as const)[draw(3)]!,
          }),
      );
    case 13:
      control.recreate({ job });
      return say('recreate');
    case 14:
      return say('rename', control.rename({ job, to: `renamed ${draw(1e6)}` }));
    case 15:
      return say('move', folder && !folder.startsWith(job) && control.move({ job, to: folder }));
    case 16:
      control.deny({ job, status: draw(2) ? 403 : 404, listed: draw(2) === 0 });
      return say('deny');
    case 17:
      control.advanceClock({ ms: (draw(4) === 0 ? -1 : 1) * draw(10_000_000) });
      return say('clock', now());
    default:
      return say(
        'new job',
        control.start({
          job: control.createJob({
            name: `new ${draw(1e6)}`,
            folder: draw(2) ? folder : undefined,
            kind: draw(2) ? 'pipeline' : 'freestyle',
          }),
        }),
      );
  }
}

/** Nothing hides or fails any more. */
function mend({ control, builds }: JenkinsSandbox): void {
  control.busy({ enabled: false });
  control.clearFaults();
  control.allow({});
  for (const { jobFullName, number } of builds())
    control.damage({ job: jobFullName, numbers: [number], what: null });
}
