import { afterEach, describe, expect, it } from 'vitest';
import type { JenkinsOptions } from './options.ts';
import { type JenkinsSandbox, startJenkins } from './sandbox.ts';
import { ask, tree } from './testing/client.ts';

let jenkins: JenkinsSandbox;
const start = async (options: JenkinsOptions = {}): Promise<JenkinsSandbox> => {
  jenkins = await startJenkins({ seed: 5, ...options });
  return jenkins;
};
afterEach(() => jenkins.close());

const pathTo = (job: string): string => jenkins.jobs().find(({ fullName }) => fullName === job)!.path;

interface Row {
  number: number;
  timestamp: number;
  building: boolean;
  inProgress: boolean;
  result: string | null;
  duration: number;
  estimatedDuration: number;
  actions: Record<string, unknown>[];
  culprits: object[];
}
const builds = async (job: string, selection = '[number]', list = 'allBuilds'): Promise<Row[]> =>
  (await tree<Record<string, Row[]>>(jenkins, pathTo(job), `${list}${selection}`))[list]!;
const numbers = async (job: string, selection?: string, list?: string): Promise<number[]> =>
  (await builds(job, selection, list)).map(({ number }) => number);
/** One job with builds 1 to `count`. */
const oneJob = async (count: number, options: JenkinsOptions = {}): Promise<string> => {
  await start({ jobs: 1, builds: count, levels: 1, running: 0, awkward: false, ...options });
  return jenkins.jobs()[0]!.fullName;
};

describe('builds', () => {
  it('are all in allBuilds, the newest 100 in builds, as the oracle says', async () => {
    await start({ jobs: 10, builds: 900, running: 12, stuck: 2 });
    const expected = jenkins.builds();
    expect(expected.filter(({ building }) => building)).toHaveLength(12);
    for (const { fullName, builds: count } of jenkins.jobs()) {
      if (count === undefined) continue;
      const rows = await builds(fullName, '[number,timestamp,building,inProgress,result,duration]');
      const own = expected.filter(({ jobFullName }) => jobFullName === fullName).reverse();
      expect(rows).toHaveLength(count);
      expect(
        rows.map(({ number, timestamp, building, inProgress, result, duration }) => ({
          number,
          timestamp,
          building,
          inProgress,
          result,
          duration,
        })),
      ).toEqual(
        own.map(({ number, timestamp, building, inProgress, result, duration }) => ({
          number,
          timestamp,
          building,
          inProgress,
          result: result ?? null,
          duration: duration ?? 0,
        })),
      );
      expect(await numbers(fullName, undefined, 'builds')).toEqual(
        own.slice(0, 100).map(({ number }) => number),
      );
    }
  });

  it('count what a walk costs: any range of allBuilds loads all, builds loads 100, a build one', async () => {
    const job = await oneJob(250);
    const costOf = async (path: string): Promise<number> => {
      await ask(jenkins, `${pathTo(job)}/${path}`);
      return jenkins.costs().at(-1)!.walked;
    };
    expect(await costOf('api/json?tree=allBuilds%5Bnumber%5D%7B0,1%7D')).toBe(250);
    expect(await costOf('api/json?tree=builds%5Bnumber%5D%7B0,1%7D')).toBe(100);
    expect(await costOf('17/api/json?tree=number')).toBe(1);
    expect(await costOf('api/json?tree=name')).toBe(0);
    expect(await numbers(job, '[number]{100,103}')).toEqual([150, 149, 148]);
    expect(await numbers(job, '[number]{240,400}')).toHaveLength(10);
    expect(await numbers(job, '[number]{250,400}')).toEqual([]);
    jenkins.control.resetStats();
    expect(jenkins.costs()).toEqual([]);
  });

  it('begin and end out of order, with a result before the end and work after it', async () => {
    const job = await oneJob(5);
    const { control } = jenkins;
    const [six, seven] = control.start({ job, count: 2 }).map(({ number }) => number);
    control.decide({ job, numbers: [6], result: 'FAILURE' });
    control.advanceClock({ ms: 90_000 });
    control.finish({ job, numbers: [7], result: 'SUCCESS', inProgress: true });
    const state = async () =>
      (await builds(job, '[number,building,inProgress,result,duration]{,2}')).map(
        ({ number, building, inProgress, result }) => [number, building, inProgress, result],
      );
    expect([six, seven]).toEqual([6, 7]);
    expect(await state()).toEqual([
      [7, false, true, 'SUCCESS'],
      [6, true, true, 'FAILURE'],
    ]);
    control.finish({ job, numbers: [7] });
    control.finish({ job, numbers: [6] });
    expect(await state()).toEqual([
      [7, false, false, 'SUCCESS'],
      [6, false, false, 'FAILURE'],
    ]);
    expect((await builds(job, '[duration]{0,1}'))[0]!.duration).toBeGreaterThanOrEqual(90_000);
    expect(control.start({ job })).toMatchObject([{ number: 8 }]);
    control.abort({});
    expect(jenkins.builds().at(-1)).toMatchObject({ number: 8, result: 'ABORTED', building: false });
  });

  it('are lost by a crash: they stay building for ever', async () => {
    const job = await oneJob(9, { running: 2 });
    expect(jenkins.control.crash()).toBe(2);
    expect(jenkins.control.finish({ count: 5 })).toEqual([]);
    expect(jenkins.builds().filter(({ building }) => building)).toHaveLength(2);
    expect(jenkins.control.start({ job })).toHaveLength(1);
  });

  it('change their estimate whenever another one ends, finished ones too', async () => {
    const job = await oneJob(20);
    const read = async () => (await builds(job, '[number,estimatedDuration]')).at(-1)!;
    const before = await read();
    jenkins.control.start({ job });
    jenkins.control.advanceClock({ ms: 7_777_777 });
    jenkins.control.finish({ job, result: 'SUCCESS' });
    expect((await read()).number).toBe(before.number);
    expect((await read()).estimatedDuration).not.toBe(before.estimatedDuration);
  });

  it('are rotated, deleted, and run again in place', async () => {
    const job = await oneJob(30);
    const row = (number: number) => jenkins.bytes(`${pathTo(job)}/${number}/api/json`).then(String);
    const before = await row(28);
    jenkins.control.rerun({ job, numbers: [28] });
    expect(await row(28)).not.toBe(before);
    expect(JSON.parse(await row(28)).timestamp).toBe(JSON.parse(before).timestamp);
    jenkins.control.deleteBuilds({ job, numbers: [20] });
    jenkins.control.rotate({ job, keep: 12 });
    const left = await numbers(job);
    expect(left.slice(0, 12)).toEqual([30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 19, 18]);
    expect((await ask(jenkins, `${pathTo(job)}/20/api/json`)).status).toBe(404);
    expect(jenkins.jobs()[0]!.nextBuildNumber).toBe(31);
  });

  it('shift while a client pages', async () => {
    const job = await oneJob(10);
    jenkins.control.busy({ enabled: true });
    expect(await numbers(job, '[number]{0,3}')).toEqual([11, 10, 9]);
    expect(await numbers(job, '[number]{3,6}')).toEqual([9, 8, 7]);
  });

  it('that are damaged are left out of lists in silence, and fail alone', async () => {
    const job = await oneJob(12);
    jenkins.control.damage({ job, numbers: [5], what: 'build' });
    expect(await numbers(job, '[number,result]')).not.toContain(5);
    expect(await numbers(job)).toContain(5);
    expect((await ask(jenkins, `${pathTo(job)}/5/api/json`)).status).toBe(500);
    expect((await ask(jenkins, `${pathTo(job)}/4/api/json`)).status).toBe(200);
    jenkins.control.damage({ job, numbers: [5], what: 'member' });
    expect(await numbers(job, '[number,executor]')).not.toContain(5);
    expect(await numbers(job, '[number,actions[*]]')).toContain(5);
    expect((await ask(jenkins, `${pathTo(job)}/5/api/json`)).status).toBe(500);
    expect((await ask(jenkins, `${pathTo(job)}/5/api/json?tree=number,actions%5B*%5D`)).status).toBe(200);
    const actions = async () => (await builds(job, '[number,actions[*]]'))[7]!.actions.length;
    jenkins.control.damage({ job, numbers: [5], what: null });
    const whole = await actions();
    jenkins.control.damage({ job, numbers: [5], what: 'action' });
    expect(await actions()).toBe(whole - 1);
    jenkins.control.damage({ job, numbers: [5], what: 'nan' });
    const answer = await ask(jenkins, `${pathTo(job)}/api/json?tree=allBuilds%5Bactions%5B*%5D%5D`);
    expect(answer.body.toString()).toContain('"score":NaN');
    expect(() => JSON.parse(answer.body.toString())).toThrow();
    jenkins.control.damage({ job, numbers: [5], what: null });
    expect(await numbers(job, '[number,actions[*]]')).toContain(5);
  });

  it('with damaged culprits vanish with those after them, only if culprits are asked for', async () => {
    const job = await oneJob(12);
    jenkins.control.start({ job });
    for (const result of ['FAILURE', 'FAILURE'] as const) {
      jenkins.control.start({ job });
      jenkins.control.finish({ job, result });
    }
    jenkins.control.damage({ job, numbers: [13], what: 'culprits' });
    expect(await numbers(job, '[number,culprits[*]]')).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(await numbers(job, '[number,changeSet[*]]')).toHaveLength(15);
    expect(await tree(jenkins, pathTo(job), 'lastBuild[number]')).toMatchObject({
      lastBuild: { number: 15 },
    });
  });

  it('create user records if culprits or authors are asked for', async () => {
    const job = await oneJob(40);
    await builds(job, '[number,changeSet[kind],changeSets[kind]]');
    expect(jenkins.users()).toEqual(['demo']);
    await builds(
      job,
      '[culprits[fullName],changeSet[items[author[fullName]]],changeSets[items[author[fullName]]]]',
    );
    expect(jenkins.users().length).toBeGreaterThan(1);
    expect(jenkins.costs().at(-1)!.users).toBeGreaterThan(10);
  });

  it('speak the caller’s language, or the controller’s own', async () => {
    const job = await oneJob(60);
    const said = async (language: string | undefined) => {
      const answer = await ask(
        jenkins,
        `${pathTo(job)}/api/json?tree=allBuilds%5Bactions%5Bcauses%5BshortDescription%5D%5D%5D`,
        { 'accept-language': language },
      );
      return answer.body.toString();
    };
    expect(await said('en')).toContain('Started by timer');
    expect(await said(undefined)).toContain('Zeitgesteuert gestartet');
    expect(await said('fr-CA, en;q=0.5')).toContain("Lancé par l'horloge");
    jenkins.control.language({ to: 'ja' });
    expect(await said('*')).toContain('定期的に実行');
  });
});
