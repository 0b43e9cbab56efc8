import { type BitbucketSandbox, startBitbucket } from '@headrace/sandbox';
import type { InProcess } from '@headrace/sdk/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compared, configFor, read, recordsOf, statusOf } from './run.ts';

const DAY_MS = 86_400_000;

let sandbox: BitbucketSandbox;
let repository: string;

beforeEach(async () => {
  sandbox = await startBitbucket({ seed: 5, repositories: 3, commits: 60, pullRequests: 6, pipelines: 140 });
  repository = sandbox.repositories()[0]!.fullName;
});
afterEach(() => sandbox.close());

const STREAMS = ['pipelines', 'pipeline_steps', 'deployments'];
const sync = (before?: InProcess, more: object = {}): Promise<InProcess> =>
  read(configFor(sandbox, more), { before, streams: STREAMS });
const uuids = (of: InProcess, stream = 'pipelines'): unknown[] =>
  recordsOf(of, stream).map(({ uuid }) => uuid);
const requests = (route: string): number =>
  sandbox.stats().routes[`GET /2.0/repositories/{workspace}/{repository}/pipelines/${route}`]?.requests ?? 0;

describe('pipelines, their steps and deployments', () => {
  it('come once each, newest first over several pages, and then only what is new', async () => {
    const first = await sync();
    expect(first.code).toBe(0);
    for (const stream of STREAMS)
      expect([stream, compared(sandbox, stream, first)]).toMatchObject([stream, { missing: 0, extra: 0 }]);
    const second = await sync(first);
    expect(second.records).toEqual([]);
    const { uuid, number } = sandbox.control.startPipeline({ repository, deploys: true });
    const third = await sync(second);
    expect(uuids(third)).toEqual([uuid]);
    expect(recordsOf(third, 'pipeline_steps').length).toBeGreaterThan(0);
    sandbox.control.advanceClock({ ms: 60_000 });
    sandbox.control.finishPipeline({ repository, number });
    const fourth = await sync(third);
    expect(uuids(fourth)).toEqual([uuid]);
    for (const stream of STREAMS)
      expect([
        stream,
        compared(sandbox, stream, { records: [...first.records, ...third.records, ...fourth.records] })
          .missing,
      ]).toEqual([stream, 0]);
    expect((await sync(fourth)).records).toEqual([]);
  });

  it('come again if they are run again after they were completed', async () => {
    const { number, uuid } = sandbox.control.startPipeline({ repository });
    sandbox.control.finishPipeline({ repository, number });
    const first = await sync();
    sandbox.control.advanceClock({ ms: 10 * DAY_MS });
    sandbox.control.rerunPipeline({ repository, number });
    const second = await sync(first);
    expect(uuids(second)).toEqual([uuid]);
    expect(recordsOf(second, 'pipeline_steps').some((step) => step.run_number === 2)).toBe(true);
    sandbox.control.finishPipeline({ repository, number });
    const third = await sync(second);
    expect(uuids(third)).toEqual([uuid]);
    expect((await sync(third)).records).toEqual([]);
  });

  it('wait for somebody without end: after a month they are asked for once a week', async () => {
    await sandbox.close();
    sandbox = await startBitbucket({
      repositories: 1,
      emptyRepositories: 0,
      commits: 5,
      pullRequests: 0,
      pipelines: 0,
    });
    repository = sandbox.repositories()[0]!.fullName;
    const { number } = sandbox.control.startPipeline({ repository, manual: true });
    sandbox.control.finishPipeline({ repository, number });
    const config = configFor(sandbox, { lookback_days: 1 });
    let last = await read(config, { streams: ['pipelines'] });
    const asked: number[] = [];
    for (let day = 1; day <= 50; day++) {
      sandbox.control.advanceClock({ ms: DAY_MS });
      // A page of the list holds those of 25 days.
      for (let k = 0; k < 4; k++) {
        const next = sandbox.control.startPipeline({ repository });
        sandbox.control.finishPipeline({ repository, number: next.number });
      }
      sandbox.control.resetStats();
      last = await read(config, { before: last, streams: ['pipelines'] });
      if (requests('{uuid}') > 0) asked.push(day);
    }
    // While the list shows it, there is no need to ask.
    expect(asked.filter((day) => day <= 23)).toEqual([]);
    expect(asked).toEqual(expect.arrayContaining([26, 27, 28, 29]));
    expect(asked.filter((day) => day > 31).length).toBeLessThanOrEqual(3);
    expect(asked.filter((day) => day > 31).length).toBeGreaterThanOrEqual(2);
  });

  it('of a repository that refuses them are passed over, and the others come', async () => {
    sandbox.control.deny({ repository, below: 'pipelines' });
    const first = await sync();
    expect([first.code, statusOf(first, 'pipelines')]).toEqual([0, 'COMPLETE']);
    sandbox.control.allow({ repository });
    const second = await sync(first);
    expect(compared(sandbox, 'pipelines', first, second)).toMatchObject({ missing: 0, extra: 0 });
    // Now it has a state.
    sandbox.control.deny({ repository, below: 'pipelines' });
    const third = await sync(second);
    expect([third.code, statusOf(third, 'pipelines')]).toEqual([1, 'INCOMPLETE']);
    expect(third.errors.some(({ message }) => message.includes('may not read this'))).toBe(true);
  });

  it('older than the start date are left out', async () => {
    const all = await sync();
    const dates = recordsOf(all, 'pipelines').map(({ created_on }) => Date.parse(String(created_on)));
    const middle = [...dates].sort((a, b) => a - b)[70]!;
    const some = await sync(undefined, { start_date: new Date(middle).toISOString() });
    expect(recordsOf(some, 'pipelines')).toHaveLength(dates.filter((date) => date >= middle).length);
  });
});
