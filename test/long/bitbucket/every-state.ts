import type { BitbucketStream } from '@headrace/sandbox';
import { type Output, statesAfter } from '@headrace/sdk/testing';
import { judge, type Result } from '../result.ts';
import { landedOf, sentenceOf } from './compare.ts';
import { worldOf } from './world.ts';

const AMOUNTS = { repositories: 10, commits: 1200, pullRequests: 60, pipelines: 60, seed: 21 };
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
/** At most so many of the states are resumed from. */
const MOST = 150;
const env = { HEADRACE_STATE_INTERVAL_MS: '0' };

/** A first sync is resumed from every STATE that it sent: what stood before it and the rest are everything, once. */
export async function everyState(): Promise<Result> {
  const result = { passed: 0, failed: 0 };
  const world = await worldOf(AMOUNTS, STREAMS);
  const { bitbucket } = world;
  const whole = await world.sync({ env });
  const step = Math.max(1, Math.ceil(whole.states.length / MOST));
  let tried = 0;
  let again = 0;
  for (let count = 1; count <= whole.states.length; count += step) {
    const rest = await world.read({ env, states: statesAfter(whole, count) });
    tried++;
    const wrong = STREAMS.map((stream) => {
      const landed = landedOf(stream);
      for (const one of [...coveredBy(whole, count), ...rest.records])
        if (one.stream === stream) landed.add(one.text);
      return landed.compare(bitbucket);
    });
    again += wrong.reduce((sum, { twice }) => sum + twice, 0);
    const bad = wrong.filter(({ missing, extra }) => missing + extra > 0);
    if (rest.code === 0 && bad.length === 0) result.passed++;
    else {
      result.failed++;
      process.stdout.write(`  from state ${count}: exit ${rest.code}; ${bad.map(sentenceOf).join('; ')}\n`);
    }
  }
  judge(
    result,
    again === 0,
    `resumed from ${tried} of ${whole.states.length} states of ${whole.records.length} records: complete ${result.passed} times, records that came twice ${again}`,
  );
  await bitbucket.close();
  return result;
}

/** What a destination has kept after the first `count` states: of each stream what stood before its last one. */
function coveredBy({ records, states }: Output, count: number): Output['records'] {
  const ends = new Map<string | undefined, number>();
  for (const { state, after } of states.slice(0, count))
    ends.set(state.stream?.stream_descriptor.name, after);
  return records.filter(({ stream }, at) => at < (ends.get(stream) ?? 0));
}
