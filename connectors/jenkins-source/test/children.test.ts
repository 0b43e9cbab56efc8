import { basic, type HeadraceError, selectOf } from '@headrace/sdk';
import { testContext } from '@headrace/sdk/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { omittedFrom, reportsOf } from '../src/builds/reports.ts';
import { type Data, ends, jenkinsWith, keyOf, pathOf, read, recordsOf } from './run.ts';

const S = ['build_stages'];
const T = ['test_reports'];
type Stage = { id: string; status: string };

/** The stages of a build, as Jenkins describes them. */
async function stagesOf(jenkins: Awaited<ReturnType<typeof jenkinsWith>>, job: string, number: number) {
  const bytes = await jenkins.bytes(`${pathOf(job)}/${number}/wfapi/describe`);
  return (JSON.parse(bytes.toString()) as { stages: Stage[] }).stages;
}

/** A stage without what changes while it runs. */
const versionOf = ({ id, status }: Data): string => `${id} ${status}`;

describe('build_stages', () => {
  it('are those of all runs of pipelines, and nothing else is asked for', async () => {
    const jenkins = await jenkinsWith({ jobs: 14, builds: 150, running: 3 });
    const output = await read(jenkins, S);
    expect(ends(output, S)).toEqual(['build_stages: COMPLETE']);
    const kinds = new Map(jenkins.jobs().map(({ fullName, kind }) => [fullName, kind]));
    const runs = jenkins.builds().filter(({ jobFullName }) => kinds.get(jobFullName) === 'pipeline');
    expect(runs.length).toBeGreaterThan(20);
    const expected: string[] = [];
    for (const run of runs)
      for (const { id } of await stagesOf(jenkins, run.jobFullName, run.number))
        expected.push(`${keyOf(run)} ${id}`);
    const sent = recordsOf(output, 'build_stages').map(
      (one) => `${keyOf(one)} ${(one as unknown as Stage).id}`,
    );
    expect(sent.sort()).toEqual(expected.sort());
    expect(jenkins.costs().filter(({ url }) => url.includes('wfapi'))).toHaveLength(runs.length);
    const second = await read(jenkins, S, { before: output });
    // Only the runs that are not finished.
    expect(jenkins.costs().filter(({ url }) => url.includes('wfapi')).length).toBeLessThanOrEqual(3);
    expect(ends(second, S)).toEqual(['build_stages: COMPLETE']);
  });

  it('of a run that goes on come when it changes, and once more at its end', async () => {
    const jenkins = await jenkinsWith({ jobs: 8, builds: 20 });
    const pipeline = jenkins.jobs().find(({ kind }) => kind === 'pipeline')!.fullName;
    let last = await read(jenkins, S);
    const { number } = jenkins.control.start({ job: pipeline })[0]!;
    last = await read(jenkins, S, { before: last });
    expect(last.records.length).toBeGreaterThan(0);
    // Its stages run on. One that comes again has begun or ended since.
    const versions = recordsOf(last, 'build_stages').map(versionOf);
    last = await read(jenkins, S, { before: last });
    for (const stage of recordsOf(last, 'build_stages')) expect(versions).not.toContain(versionOf(stage));
    jenkins.control.advanceClock({ ms: 60_000 });
    jenkins.control.finish({ job: pipeline, numbers: [number] });
    last = await read(jenkins, S, { before: last });
    const stages = await stagesOf(jenkins, pipeline, number);
    expect(recordsOf(last, 'build_stages').length).toBeGreaterThan(0);
    for (const stage of recordsOf(last, 'build_stages'))
      expect(stages).toContainEqual(expect.objectContaining({ id: stage.id, status: stage.status }));
    last = await read(jenkins, S, { before: last });
    expect([last.records.length, last.code]).toEqual([0, 0]);
  });

  it('do not exist without their plugin, which is no failure and is found out once', async () => {
    const jenkins = await jenkinsWith({ jobs: 14, builds: 150 });
    jenkins.control.plugin({ name: 'pipeline-stage-view', installed: false });
    const output = await read(jenkins, S);
    expect([output.code, output.records.length]).toEqual([0, 0]);
    expect(output.logged.filter((line) => line.includes('no stage view'))).toHaveLength(1);
    expect(jenkins.costs().filter(({ url }) => url.includes('wfapi')).length).toBeLessThanOrEqual(8);
    const second = await read(jenkins, S, { before: output });
    expect(jenkins.costs().filter(({ url }) => url.includes('wfapi'))).toEqual([]);
    expect(second.code).toBe(0);
  });

  it('that cannot be read now are asked for by the next read, and the others come', async () => {
    const jenkins = await jenkinsWith({ jobs: 8, builds: 60 });
    const pipeline = jenkins
      .jobs()
      .find(({ kind, builds = 0 }) => kind === 'pipeline' && builds > 2)!.fullName;
    const [bad] = jenkins.builds().filter(({ jobFullName }) => jobFullName === pipeline);
    const whole = await read(jenkins, S);
    jenkins.control.fail({
      containing: `/${pathOf(pipeline)}/${bad!.number}/wfapi`,
      kind: 'oops',
      times: null,
    });
    const output = await read(jenkins, S);
    expect(ends(output, S)).toEqual(['build_stages: INCOMPLETE']);
    jenkins.control.clearFaults();
    const second = await read(jenkins, S, { before: output });
    expect(second.code).toBe(0);
    expect(new Set(recordsOf(second, 'build_stages').map(keyOf))).toEqual(new Set([keyOf(bad!)]));
    expect(output.records.length + second.records.length).toBe(whole.records.length);
  });
});

describe('test_reports', () => {
  it('are those of the builds that have one, whole, with Jenkins’s bytes', async () => {
    const jenkins = await jenkinsWith({ jobs: 14, builds: 200, running: 2 });
    const output = await read(jenkins, T);
    expect(ends(output, T)).toEqual(['test_reports: COMPLETE']);
    const expected: string[] = [];
    for (const build of jenkins.builds()) {
      if (!(await hasReport(build))) continue;
      expected.push(keyOf(build));
    }
    expect(expected.length).toBeGreaterThan(10);
    expect(recordsOf(output, 'test_reports').map(keyOf).sort()).toEqual(expected.sort());
    for (const { text } of output.records) {
      const { jobFullName, number } = JSON.parse(text) as { jobFullName: string; number: number };
      const job = jenkins.jobs().find(({ fullName }) => fullName === jobFullName)!;
      if (!/^(freestyle|pipeline)$/.test(job.kind)) continue;
      const bytes = await jenkins.bytes(`${pathOf(jobFullName)}/${number}/testReport/api/json`, {
        'accept-language': 'en',
      });
      expect(`${text.slice(0, text.lastIndexOf(',"jobFullName":'))}}`).toBe(bytes.toString());
    }
    // No build is asked in vain.
    expect(jenkins.costs().filter(({ url }) => url.includes('testReport'))).toHaveLength(expected.length);

    async function hasReport({ jobFullName, number }: { jobFullName: string; number: number }) {
      const { kind } = jenkins.jobs().find(({ fullName }) => fullName === jobFullName)!;
      const path =
        kind === 'configuration' || kind === 'module'
          ? `${pathOf(jobFullName.split('/').slice(0, -1).join('/'))}/${encodeURIComponent(jobFullName.split('/').at(-1)!)}`
          : pathOf(jobFullName);
      return jenkins.bytes(`${path}/${number}/testReport/api/json?tree=failCount`).then(
        () => true,
        () => false,
      );
    }
  });

  it('that are too large come without what makes them large, and say so', async () => {
    const jenkins = await jenkinsWith({ jobs: 1, builds: 12, levels: 1, testCases: 4000 });
    const context = testContext();
    onTestFinished(() => context.close());
    const { jobFullName, number } = recordsOf(await read(jenkins, T), 'test_reports')[0]!;
    const select = selectOf({});
    const job = { key: jobFullName, path: `/${pathOf(jobFullName)}`, last: undefined, next: 0 };
    const told: Array<string | undefined> = [];
    for (const maxAnswerBytes of [4 << 20, 100_000, 50_000, 5_000, 100]) {
      const http = context.http({
        baseUrl: jenkins.root,
        auth: basic(jenkins.user, jenkins.apiToken),
        headers: { 'accept-encoding': 'identity' },
        maxAnswerBytes,
      });
      const reports = reportsOf(http, context.log);
      told.push(
        await reports.of(job, String(number), select).then(
          (page) => omittedFrom(page!),
          (error: HeadraceError) => error.code,
        ),
      );
    }
    expect(told[0]).toBeUndefined();
    expect(told.slice(1)).toContain('suites, childReports');
    expect(told.at(-1)).toBe('http.too_large');
    expect(context.logged.join()).toContain(`the report of ${jobFullName} #${number} is too large`);
  });
});

describe('queue and nodes', () => {
  it('are as they were at one moment, and nodes are named in English', async () => {
    const jenkins = await jenkinsWith({ queued: 5, nodes: 3, language: 'fr' });
    const output = await read(jenkins, ['queue', 'nodes']);
    expect(ends(output, ['queue', 'nodes'])).toEqual(['queue: COMPLETE', 'nodes: COMPLETE']);
    // One is of a job that the account may not read.
    expect(recordsOf(output, 'queue')).toHaveLength(4);
    expect(output.logged.join()).toContain('jobs that the account may not read (1)');
    for (const item of recordsOf(output, 'queue')) expect(item.snapshotAt).toMatch(/^\d{4}-.*Z$/);
    expect(recordsOf(output, 'nodes').map(({ displayName }) => displayName)).toContain('Built-In Node');
    expect(recordsOf(output, 'nodes')).toHaveLength(4);
  });
});
