import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BITBUCKET_STREAMS, type BitbucketSandbox, startBitbucket } from '@headrace/sandbox';
import { judge, type Result } from '../result.ts';
import { sentenceOf } from './compare.ts';
import { type Pipe, pipeInto } from './pipe.ts';

const REPOSITORIES = 200;
const AMOUNTS = { commits: 100_000, pullRequests: 10_000, pipelines: 4000, seed: 5 };
const SMALL = { repositories: 20, commits: 10_000, pullRequests: 1000, pipelines: 400, seed: 5 };
const REPOSITORY = '/2.0/repositories/{workspace}/{repository}/';

/** What repositories, commits and pull requests cost when nothing changed is to be at most so many requests a repository. */
const MOST_A_REPOSITORY = 2;
/** A force push discards so many commits; those below them may come again up to the next bound of the cursor. */
const DROPPED = 10;
const MOST_AGAIN = 8 * DROPPED;
const CORE = [
  'GET /2.0/user/workspaces',
  'GET /2.0/repositories/{workspace}',
  `GET ${REPOSITORY}refs`,
  `GET ${REPOSITORY}commits`,
  `POST ${REPOSITORY}commits`,
  `GET ${REPOSITORY}pullrequests`,
];

/** 200 repositories with 100,000 commits and 10,000 pull requests: a first sync, nothing new, 1 % new, a force push. */
export async function scale(): Promise<Result> {
  const result = { passed: 0, failed: 0 };
  const small = await synced(SMALL, async () => {});
  await synced({ ...AMOUNTS, repositories: REPOSITORIES }, async (bitbucket, pipe, measured) => {
    const wrong = pipe.compare(BITBUCKET_STREAMS);
    for (const one of wrong)
      judge(result, one.missing + one.extra + one.twice === 0, `first sync, ${sentenceOf(one)}`);
    judge(result, measured.code === 0, `first sync: ${measured.found}`);
    const rest = await measure(bitbucket, pipe);
    judge(
      result,
      rest.code === 0 && rest.core <= MOST_A_REPOSITORY * REPOSITORIES,
      `nothing changed: ${rest.found}; ${rest.core} of them for repositories, commits and pull requests, ` +
        `${(rest.core / REPOSITORIES).toFixed(2)} a repository`,
    );
    change(bitbucket);
    const some = await measure(bitbucket, pipe);
    judge(result, some.code === 0, `1 % changed: ${some.found}`);
    const before = pipe.compare(['commits'])[0]!;
    const [one] = bitbucket.repositories();
    bitbucket.control.forcePush({ repository: one!.slug, drop: DROPPED, count: 3 });
    bitbucket.control.collectGarbage({ repository: one!.slug });
    const forced = await measure(bitbucket, pipe);
    const after = pipe.compare(['commits'])[0]!;
    judge(
      result,
      forced.code === 0 &&
        after.missing === 0 &&
        after.landed - before.landed === 3 &&
        after.twice - before.twice <= MOST_AGAIN,
      `a force push of 3 commits instead of ${DROPPED}, which are gone: ${forced.found}; ${after.landed - before.landed} commits read, ` +
        `${after.twice - before.twice} again, missing ${after.missing}`,
    );
    for (const found of pipe.compare(BITBUCKET_STREAMS.filter((name) => name !== 'branches')))
      judge(result, found.missing === 0, `after all, ${sentenceOf(found)}`);
    judge(
      result,
      forced.stateBytes < 25 * small.stateBytes,
      `states of ${SMALL.repositories} repositories: ${small.stateBytes} bytes; of ${REPOSITORIES}: ${forced.stateBytes}`,
    );
  });
  return result;
}

interface Measured {
  readonly code: number | null;
  readonly core: number;
  readonly stateBytes: number;
  readonly found: string;
}

async function synced(
  amounts: Parameters<typeof startBitbucket>[0],
  then: (bitbucket: BitbucketSandbox, pipe: Pipe, measured: Measured) => Promise<void>,
): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'bitbucket-scale-'));
  const bitbucket = await startBitbucket(amounts);
  try {
    const pipe = pipeInto(folder, bitbucket, BITBUCKET_STREAMS);
    const measured = await measure(bitbucket, pipe);
    await then(bitbucket, pipe, measured);
    return measured;
  } finally {
    await bitbucket.close();
    rmSync(folder, { recursive: true });
  }
}

async function measure(bitbucket: BitbucketSandbox, pipe: Pipe): Promise<Measured> {
  bitbucket.control.resetStats();
  const began = performance.now();
  const { code, stderr } = await pipe.run();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const { requests, routes } = bitbucket.stats();
  const core = CORE.reduce((sum, name) => sum + (routes[name]?.requests ?? 0), 0);
  const stateBytes = Buffer.byteLength(await pipe.states());
  const byRoute = Object.entries(routes)
    .sort(([, a], [, b]) => b.requests - a.requests)
    .map(([name, { requests: count }]) => `${name.replace(REPOSITORY, '')} ${count}`);
  const found = `exit ${code}, ${requests} requests in ${seconds} s (${byRoute.join(', ')})${code === 0 ? '' : stderr.slice(-500)}`;
  return { code, core, stateBytes, found };
}

/** Pushes to 1 % of the repositories, comments on 1 % of the pull requests, 1 % more pipelines. */
function change({ control, repositories }: BitbucketSandbox): void {
  const all = repositories().filter(({ branches }) => branches.length > 0);
  const at = <T>(list: readonly T[], i: number): T => list[(i * 7) % list.length]!;
  for (let i = 0; i < REPOSITORIES / 100; i++) control.push({ repository: at(all, i).slug, count: 500 });
  for (let i = 0; i < AMOUNTS.pullRequests / 100; i++) {
    const { slug, pullRequests } = at(all, i);
    control.comment({ repository: slug, id: at(pullRequests, i).id, moves: true });
  }
  for (let i = 0; i < AMOUNTS.pipelines / 100; i++) {
    const { number } = control.startPipeline({ repository: at(all, i).slug });
    control.finishPipeline({ repository: at(all, i).slug, number });
  }
}
