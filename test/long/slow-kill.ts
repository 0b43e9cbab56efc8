import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JiraSandbox, startJira } from '@headrace/sandbox';
import { idOf, landedLines } from '../landed.ts';
import { ended, environment, pidOf } from '../processes.ts';
import { judge, type Result } from './result.ts';

/** Of 20,000 issues the same seconds and requests would be repeated, a first sync would only last longer. */
const ISSUES = 5000;
const STREAMS = ['issues', 'issue_changelogs', 'comments', 'worklogs'];
const RPS = 5;
/** What jira-source leaves between two states at least, and what jsonl-destination commits after. */
const STATE_SECONDS = 5;
const COMMIT_SECONDS = 10;

/** So many requests under way that each take so long are five a second in all. */
const PACES = [1, 8].map((concurrency) => ({ concurrency, latencyMs: (1000 * concurrency) / RPS }));

/**
 * A first sync at five requests a second is killed half way: the next one repeats what was fetched in the last
 * `commit_seconds` and one state interval, no more. The real pipe, with its own intervals.
 */
export async function slowKill(): Promise<Result> {
  const result = { passed: 0, failed: 0 };
  await Promise.all(PACES.map((pace) => killed(pace, result)));
  return result;
}

async function killed({ concurrency, latencyMs }: (typeof PACES)[number], result: Result): Promise<void> {
  const [whole, cut] = await Promise.all([
    syncs(concurrency, latencyMs, false),
    syncs(concurrency, latencyMs, true),
  ]);
  const repeated = new Map(
    [...cut.requests].map(([route, count]) => [route, count - (whole.requests.get(route) ?? 0)]),
  );
  const sum = [...repeated.values()].reduce((total, count) => total + count, 0);
  const most = (STATE_SECONDS + COMMIT_SECONDS) * RPS;
  const named = [...repeated]
    .filter(([, count]) => count !== 0)
    .map(([route, count]) => `${route.split('/').at(-1)} ${count}`);
  judge(
    result,
    sum <= most && cut.missing + cut.twice + whole.missing + whole.twice === 0,
    `killed at ${RPS} requests a second, ${concurrency} under way: ${sum} requests repeated (${named.join(', ')}) of at most ${most}; ` +
      `issues missing ${cut.missing}, twice ${cut.twice}`,
  );
}

interface Synced {
  /** By route, over all runs. */
  readonly requests: ReadonlyMap<string, number>;
  readonly missing: number;
  readonly twice: number;
}

/** Syncs a site of its own: in one run, or killed half way and run again. */
async function syncs(concurrency: number, latencyMs: number, isKilled: boolean): Promise<Synced> {
  const folder = mkdtempSync(join(tmpdir(), 'slow-kill-'));
  const jira = await startJira({ issues: ISSUES, seed: 41, latencyMs });
  try {
    prepare(jira, folder, concurrency);
    if (isKilled) {
      const run = start(folder);
      const pages = Math.ceil(ISSUES / 100);
      while (searches(jira) < pages / 2) await sleep(50);
      process.kill(pidOf(folder, 'source')!, 'SIGKILL');
      await ended(run);
    }
    const { code, stderr } = await ended(start(folder));
    if (code !== 0) throw new Error(`the pipe ended with ${code}: ${stderr}`);
    const ids = landedLines(join(folder, 'bronze'), 'issues').map(idOf);
    const landed = new Set(ids);
    return {
      requests: new Map(
        Object.entries(jira.stats().routes).map(([route, { requests }]) => [route, requests]),
      ),
      missing: jira.ids().filter(({ id }) => !landed.has(id)).length,
      twice: ids.length - landed.size,
    };
  } finally {
    await jira.close();
    rmSync(folder, { recursive: true });
  }
}

const searches = (jira: JiraSandbox): number =>
  jira.stats().routes['POST /rest/api/3/search/jql']?.requests ?? 0;

function prepare(jira: JiraSandbox, folder: string, concurrency: number): void {
  const credentials = { auth_type: 'api_token', email: jira.email, api_token: jira.apiToken };
  writeFileSync(join(folder, 'c.json'), JSON.stringify({ base_url: jira.url, credentials, concurrency }));
  writeFileSync(
    join(folder, 'd.json'),
    JSON.stringify({
      path: './bronze',
      allow_ephemeral: true,
      source: 'jira',
      commit_seconds: COMMIT_SECONDS,
    }),
  );
}

function start(folder: string): ChildProcess {
  const source = `sh -c 'echo $$ > source.pid; exec jira-source read --config c.json --streams ${STREAMS.join()} --state -'`;
  const pipe = `jsonl-destination state --config d.json | ${source} | jsonl-destination write --config d.json`;
  return spawn('bash', ['-c', `set -o pipefail; ${pipe}`], {
    cwd: folder,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
