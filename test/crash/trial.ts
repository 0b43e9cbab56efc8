import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JiraSandbox, startJira } from '@headrace/sandbox';
import { idOf, landedLines, vendorBytes } from '../landed.ts';
import { type Ended, ended, environment, pidOf, shell } from '../processes.ts';

type Victim = 'source' | 'destination' | 'runner';

export interface Trial {
  readonly victim: Victim;
  /** Run by `headrace run`, or by the pipe of docs/contracts.md in a shell loop. */
  readonly by: 'runner' | 'shell';
  readonly seed: number;
}

export interface Outcome {
  /** Number of search requests answered before the kill, and the number that a whole scan needs. */
  readonly killedAfter: number;
  readonly pages: number;
  /** Number of records covered by a committed state inside the scan at that moment, according to the destination. */
  readonly committed: number;
  /** Number of records that the source sent after that state, and that were lost. */
  readonly lost: number;
  /** Issues that are in no final file, that are in the files twice, and whose bytes differ from Jira's. */
  readonly missing: number;
  readonly duplicated: number;
  readonly altered: number;
  readonly runs: number;
}

const ISSUES = 4000;
const PAGE = 100;
const MOST_RUNS = 12;

/** Kills the victim once, after a number of requests drawn from the seed, then repeats the run until it completes. */
export async function runTrial(trial: Trial): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-crash-'));
  const jira = await startJira({
    issues: ISSUES,
    projects: 3,
    seed: trial.seed,
    latencyMs: 60,
    issueBytes: { min: 2000, max: 6000 },
  });
  try {
    prepare(folder, jira);
    const pages = pagesOf(jira);
    const random = mulberry(trial.seed);
    // Nine out of ten kills come after the first commit of the scan's state, one comes anywhere.
    const first = trial.seed % 10 === 0 ? 2 : 11;
    const killAfter = first + Math.floor(random() * (pages.length - first - 1));
    const delay = Math.floor(random() * 40);
    let child = startRun(trial, folder);
    let done = ended(child);
    const killedAfter = await killAt(trial, folder, child, jira, killAfter, delay, done);
    await done;
    await endedIn(folder);
    const committed = covered(await shell('./state.sh', folder), jira);
    // The last requested page may not have arrived. All pages before it were sent.
    const sent = pages.slice(0, killedAfter - 1).reduce((sum, count) => sum + count, 0);
    let runs = 1;
    for (; runs < MOST_RUNS; runs++) {
      child = startRun(trial, folder);
      done = ended(child);
      const result: Ended = await done;
      if (result.code === 0) break;
      await endedIn(folder);
    }
    if (runs === MOST_RUNS)
      throw new Error(`not complete after ${runs} runs: ${(await done).stdout.slice(-2000)}`);
    const lines = landedLines(join(folder, 'bronze'), 'issues');
    const ids = lines.map(idOf);
    const landed = new Set(ids);
    return {
      killedAfter,
      pages: pages.length,
      committed,
      lost: Math.max(0, sent - committed),
      missing: jira.ids().filter(({ id }) => !landed.has(id)).length,
      duplicated: ids.length - landed.size,
      altered: lines.filter((line, k) => !vendorBytes(line).equals(jira.issueBytes(ids[k]!))).length,
      runs,
    };
  } finally {
    await jira.close();
    await endedIn(folder);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes the config, the jobs file, and wrappers that write their pid before they exec the connector. */
function prepare(folder: string, jira: JiraSandbox): void {
  const source = {
    base_url: jira.url,
    credentials: { auth_type: 'api_token', email: jira.email, api_token: jira.apiToken },
  };
  const destination = { path: './bronze', allow_ephemeral: true, commit_seconds: 0.05 };
  writeFileSync(join(folder, 'c.json'), JSON.stringify(source));
  writeFileSync(join(folder, 'd.json'), JSON.stringify({ ...destination, source: 'jira' }));
  const script = (name: string, command: string): void => {
    writeFileSync(join(folder, `${name}.sh`), `#!/bin/sh\n${command}\n`);
    chmodSync(join(folder, `${name}.sh`), 0o755);
  };
  // Commands that only look (spec, state) are not the victim.
  script('source', `[ "$1" = read ] && echo $$ > "${folder}/source.pid"; exec jira-source "$@"`);
  script(
    'destination',
    `[ "$1" = write ] && echo $$ > "${folder}/destination.pid"; exec jsonl-destination "$@"`,
  );
  script('state', 'exec jsonl-destination state --config d.json');
  const job = {
    source: { connector: './source.sh', config: source, streams: ['issues', 'users'] },
    destination: { connector: './destination.sh', config: destination },
    retries: 0,
  };
  writeFileSync(join(folder, 'headrace.yaml'), JSON.stringify({ tenant: 'crash', jobs: { jira: job } }));
}

function startRun(trial: Trial, folder: string): ChildProcess {
  const env = environment({ HEADRACE_STATE_INTERVAL_MS: '500' });
  const options: SpawnOptions = { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] };
  if (trial.by === 'runner') return spawn('headrace', ['run', '--no-check'], options);
  const pipe =
    './state.sh | ./source.sh read --config c.json --streams issues,users --state - | ./destination.sh write --config d.json';
  return spawn('bash', ['-c', `set -o pipefail; ${pipe}`], options);
}

/** Number of issues on each page of a whole scan: project by project, in order of their keys. */
function pagesOf(jira: JiraSandbox): number[] {
  const perProject = new Map<string, number>();
  for (const { project } of jira.ids()) perProject.set(project, (perProject.get(project) ?? 0) + 1);
  const order = [...perProject.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  return order.flatMap(([, count]) =>
    Array.from({ length: Math.ceil(count / PAGE) }, (_, k) => Math.min(PAGE, count - k * PAGE)),
  );
}

interface Committed {
  stream: {
    stream_descriptor: { name: string };
    stream_state: {
      partitions: Record<string, { position?: string; begin?: string; seen: Record<string, unknown> }>;
    };
  };
}

/**
 * Number of issues covered by the committed state: all issues of a finished project, otherwise those before its
 * position.
 */
function covered({ stdout, stderr, code }: Ended, jira: JiraSandbox): number {
  if (code !== 0) throw new Error(`state: ${stderr}`);
  const issues = (JSON.parse(stdout) as Committed[]).find(
    ({ stream }) => stream.stream_descriptor.name === 'issues',
  );
  const all = jira.ids();
  const keys = keysOf(jira, all);
  let count = 0;
  for (const [id, { position, begin, seen }] of Object.entries(
    issues?.stream.stream_state.partitions ?? {},
  )) {
    const project = all.filter((issue) => issue.project === keys.get(id));
    const before = project.filter(
      (issue) =>
        seen[issue.id] !== undefined || (position !== undefined && issue.updated < Date.parse(position)),
    );
    count += begin === undefined ? project.length : before.length;
  }
  return count;
}

/** Project keys by id. Partitions are named by project id. */
function keysOf(jira: JiraSandbox, all: ReturnType<JiraSandbox['ids']>): Map<string, string> {
  const firsts = new Map(all.map((issue) => [issue.project, issue.id]));
  return new Map(
    [...firsts].map(([key, issue]) => {
      const { fields } = JSON.parse(jira.issueBytes(issue).toString()) as {
        fields: { project: { id: string } };
      };
      return [fields.project.id, key];
    }),
  );
}

const searches = (jira: JiraSandbox): number =>
  jira.stats().routes['POST /rest/api/3/search/jql']?.requests ?? 0;

async function killAt(
  trial: Trial,
  folder: string,
  child: ChildProcess,
  jira: JiraSandbox,
  after: number,
  delay: number,
  done: Promise<Ended>,
): Promise<number> {
  let over = false;
  void done.then(() => {
    over = true;
  });
  while (!over && searches(jira) < after) await sleep(2);
  await sleep(delay);
  if (over)
    throw new Error(`it ended before it could be killed: ${JSON.stringify(await done).slice(0, 3000)}`);
  const pid = trial.victim === 'runner' ? child.pid : pidOf(folder, trial.victim);
  if (pid === undefined) throw new Error(`no pid of the ${trial.victim}`);
  const seen = searches(jira);
  process.kill(pid, 'SIGKILL');
  return seen;
}

/** Waits until the connectors of a run have exited. They may outlive a killed parent for a moment. */
async function endedIn(folder: string): Promise<void> {
  for (const name of ['source', 'destination']) {
    const pid = pidOf(folder, name);
    for (let k = 0; pid !== undefined && alive(pid); k++) {
      if (k > 3000) throw new Error(`the ${name} goes on after everything else ended`);
      await sleep(10);
    }
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

function mulberry(seed: number): () => number {
  let a = (seed + 1) * 0x9e3779b9;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
