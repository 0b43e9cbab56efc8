import { BITBUCKET_STREAMS, type BitbucketSandbox, type BitbucketStream } from '@headrace/sandbox';
import { judge, type Result } from '../result.ts';
import { sentenceOf } from './compare.ts';
import { worldOf } from './world.ts';

const AMOUNTS = { repositories: 12, commits: 1500, pullRequests: 200, pipelines: 100, seed: 51 };
const SYNCS = 8;
const EVERY_MS = 25;
/** Slow enough that much changes while a sync reads. */
const LATENCY_MS = 15;
/** Streams of things that disappear: what landed of them earlier stays. */
const VANISHING: readonly BitbucketStream[] = [
  'branches',
  'tags',
  'commits',
  'pr_activities',
  'pr_commits',
  'pr_diffstats',
];

/**
 * Pushes, force pushes, pull requests in all their states, late comments and approvals, pipelines and their reruns, over
 * eight syncs and two quiet ones. After them the last version of everything has landed.
 */
export async function changing(): Promise<Result> {
  const result = { passed: 0, failed: 0 };
  const world = await worldOf(AMOUNTS, BITBUCKET_STREAMS, { pr_activities: untitled });
  const { bitbucket } = world;
  bitbucket.control.latency({ ms: LATENCY_MS });
  let changes = 0;
  const timer = setInterval(() => change(bitbucket, changes++), EVERY_MS);
  const codes: number[] = [];
  try {
    for (let k = 0; k < SYNCS; k++) codes.push((await world.sync()).code);
  } finally {
    clearInterval(timer);
  }
  bitbucket.control.latency({ ms: 0 });
  for (let k = 0; k < 2; k++) codes.push((await world.sync()).code);
  for (const one of world.compare()) {
    const isFine = one.missing === 0 && (one.extra === 0 || VANISHING.includes(one.stream));
    judge(result, isFine, `${changes} changes over ${SYNCS} syncs and two quiet ones, ${sentenceOf(one)}`);
  }
  judge(
    result,
    codes.slice(-2).every((code) => code === 0),
    `exits: ${codes.join(' ')}`,
  );
  await bitbucket.close();
  return result;
}

/**
 * Each entry repeats the title of its pull request. Entries older than the lookback keep the one that they were read with
 * (README of bitbucket-source, limits).
 */
const untitled = (bytes: string): string => bytes.replace(/"title":"(?:[^"\\]|\\.)*"/g, '"title":""');

type Change = (bitbucket: BitbucketSandbox, repository: string, n: number) => void;

/** One change after the other, in turn. Some are not possible at that moment: then nothing changes. */
const CHANGES: readonly Change[] = [
  ({ control }, repository) => control.push({ repository, count: 2 }),
  ({ control }, repository) => control.openPullRequest({ repository, commits: 2 }),
  (bitbucket, repository, n) =>
    bitbucket.control.comment({ repository, id: openOne(bitbucket, repository, n) }),
  (bitbucket, repository, n) =>
    bitbucket.control.approve({ repository, id: openOne(bitbucket, repository, n) }),
  (bitbucket, repository, n) =>
    bitbucket.control.pushTo({ repository, id: openOne(bitbucket, repository, n) }),
  ({ control }, repository) => control.startPipeline({ repository, deploys: true }),
  (bitbucket, repository, n) =>
    bitbucket.control.editPullRequest({ repository, id: openOne(bitbucket, repository, n), reviewer: true }),
  (bitbucket, repository) => {
    for (const { number, isDone } of pipelinesOf(bitbucket, repository).slice(-3))
      if (!isDone) bitbucket.control.finishPipeline({ repository, number, result: 'FAILED' });
  },
  ({ control }, repository, n) => control.createTag({ repository, name: `t${n}`, annotated: n % 2 === 0 }),
  (bitbucket, repository) => {
    const done = pipelinesOf(bitbucket, repository).findLast(({ isDone }) => isDone);
    // One of the past may be older than lookback_days.
    if (done && done.createdAt > bitbucket.now() - 86_400_000)
      bitbucket.control.rerunPipeline({ repository, number: done.number });
  },
  (bitbucket, repository, n) =>
    bitbucket.control.merge({ repository, id: openOne(bitbucket, repository, n), squash: n % 3 === 0 }),
  ({ control }, repository) => control.forcePush({ repository, drop: 3, count: 2 }),
  (bitbucket, repository, n) =>
    bitbucket.control.decline({ repository, id: openOne(bitbucket, repository, n), moves: n % 2 === 0 }),
  ({ control }, repository) => control.collectGarbage({ repository }),
  ({ control }, repository, n) => control.push({ repository, branch: `side-${n % 4}`, count: 1 }),
  ({ control }, repository, n) => control.deleteBranch({ repository, name: `side-${n % 4}` }),
];

function change(bitbucket: BitbucketSandbox, n: number): void {
  const full = bitbucket.repositories().filter(({ branches }) => branches.length > 0);
  const { slug } = full[(n * 5) % full.length]!;
  try {
    CHANGES[(n * 7) % CHANGES.length]!(bitbucket, slug, n);
  } catch (error) {
    // There is no such branch or no open pull request.
    if ((error as Error).name !== 'Error') throw error;
  }
}

/** An open pull request, one of the newest. */
function openOne({ repositories }: BitbucketSandbox, slug: string, n: number): number {
  const own = repositories().find((one) => one.slug === slug)!.pullRequests;
  const open = own.filter(({ state }) => state === 'OPEN').slice(-4);
  if (open.length === 0) throw new Error('no open pull request');
  return open[n % open.length]!.id;
}

const pipelinesOf = ({ repositories }: BitbucketSandbox, slug: string) =>
  repositories().find((one) => one.slug === slug)!.pipelines;
