import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type BitbucketSandbox, type BitbucketStream, startBitbucket } from '@headrace/sandbox';
import { judge, type Result } from '../result.ts';
import { type Comparison, sentenceOf } from './compare.ts';
import { pipeInto, sourceIn } from './pipe.ts';

const AMOUNTS = { repositories: 10, commits: 1500, pullRequests: 60, pipelines: 60, seed: 41, latencyMs: 20 };
const KILLS = Number(process.env.KILLS ?? 50);
const AT_ONCE = 2;
/** Those that go on from a state; the others read everything each time. */
const STREAMS: readonly BitbucketStream[] = [
  'repositories',
  'commits',
  'pull_requests',
  'pr_activities',
  'pr_comments',
  'pr_commits',
  'pr_diffstats',
  'pipelines',
  'pipeline_steps',
  'deployments',
];

/** The source is killed at 50 points of a first sync, and the pipe runs again: everything is in the files, once. */
export async function kills(): Promise<Result> {
  const result = { passed: 0, failed: 0 };
  const whole = await requestsOfOne();
  const found: Array<readonly Comparison[]> = [];
  let next = 0;
  let inside = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < KILLS) {
        const at = Math.ceil((++next / (KILLS + 1)) * whole);
        const { compared, wasCommitted } = await killedAt(at);
        if (wasCommitted) inside++;
        const wrong = compared.filter(({ missing, extra, twice }) => missing + extra + twice > 0);
        if (wrong.length > 0)
          process.stdout.write(`  killed after ${at} requests: ${wrong.map(sentenceOf).join('; ')}\n`);
        found.push(wrong);
      }
    }),
  );
  const wrong = found.filter((one) => one.length > 0).length;
  judge(
    result,
    wrong === 0 && inside > KILLS / 2,
    `killed at ${found.length} points of a first sync of ${whole} requests, ${inside} times with a state committed before: ` +
      `something missing, extra or twice ${wrong} times`,
  );
  return result;
}

async function requestsOfOne(): Promise<number> {
  return inFolder(async (folder, bitbucket) => {
    await pipeInto(folder, bitbucket, STREAMS).run();
    return bitbucket.stats().requests;
  });
}

async function killedAt(requests: number) {
  return inFolder(async (folder, bitbucket) => {
    const pipe = pipeInto(folder, bitbucket, STREAMS, { HEADRACE_STATE_INTERVAL_MS: '50' });
    let isOver = false;
    const first = pipe.run().finally(() => {
      isOver = true;
    });
    while (!isOver && bitbucket.stats().requests < requests) await pause(1);
    if (!isOver) process.kill(sourceIn(folder), 'SIGKILL');
    await first;
    const wasCommitted = (await pipe.states()).includes('"partitions"');
    const { code, stderr } = await pipe.run();
    if (code !== 0) throw new Error(`the second run ended with ${code}: ${stderr.slice(-1000)}`);
    return { compared: pipe.compare(STREAMS), wasCommitted };
  });
}

async function inFolder<T>(work: (folder: string, bitbucket: BitbucketSandbox) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'bitbucket-kills-'));
  const bitbucket = await startBitbucket(AMOUNTS);
  try {
    return await work(folder, bitbucket);
  } finally {
    await bitbucket.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
