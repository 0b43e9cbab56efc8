import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environment } from '../processes.ts';
import { compare, mb, median, type Section, times } from './part.ts';
import { startSandbox } from './sandbox.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const ISSUES = 40_000;
const ROUNDS = 5;

/** Compares jira-source with a plain program, reading the same sandbox in another process. */
export async function overHttp(): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-bench-'));
  const sandbox = await startSandbox({ issues: ISSUES, seed: 1 });
  let replay: ChildProcess | undefined;
  try {
    replay = spawn(process.execPath, [here('replay.mjs'), sandbox.url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [port] = await once(replay.stdout!, 'data');
    const url = `http://127.0.0.1:${String(port).trim()}`;
    const config = sandbox.config({
      base_url: url,
      // Same as the plain program, because this measures the cost per byte.
      concurrency: 1,
    });
    writeFileSync(join(folder, 'c.json'), JSON.stringify(config));
    const { authorization } = sandbox;
    const source = [
      here('../../connectors/jira-source/dist/main.js'),
      'read',
      '--config',
      join(folder, 'c.json'),
      '--streams',
      'issues',
    ];
    const last: Record<string, Run> = {};
    const way = (name: string, args: readonly string[]) => async () => {
      last[name] = await run(folder, args);
      return last[name].bytes / 1e6 / last[name].cpu;
    };
    // The first run fetches the answers from the sandbox; the replay then serves them from memory.
    await run(folder, source);
    const walls: number[] = [];
    const plain = way('plain', [here('plain-source.mjs'), url, authorization]);
    const { figures, ratios } = await compare(ROUNDS, way('ours', source), async () => {
      const rate = await plain();
      walls.push(last.plain!.wall / last.plain!.bytes / (last.ours!.wall / last.ours!.bytes));
      return rate;
    });
    return {
      title: 'A whole source over HTTP',
      about:
        `\`jira-source read\` of ${ISSUES.toLocaleString('en')} issues (7 kB in the mean, real unicode) from a process that answers out of its memory what a sandbox answered before, one request under way at a time, into a pipe. ` +
        'Plain Node: the same requests with `fetch`, `response.json()`, `JSON.stringify` of each issue, batches of 256 KiB; no cursor, no state, no check of what arrived. ' +
        'MB of output per second of CPU that the client took, start-up included; the last column is the ratio of wall times, in which jira-source keeps to the 100 requests a second that Jira allows.',
      head: ['Headrace', 'plain Node', 'per CPU second', 'wall time'],
      rows: [[mb(figures[0]!), mb(figures[1]!), times(ratios[1]!), times(median(walls))]],
      verdict: `Aim: at least 3 × plain Node. Measured: ${times(ratios[1]!)}.`,
    };
  } finally {
    replay?.kill();
    sandbox.stop();
    rmSync(folder, { recursive: true });
  }
}

interface Run {
  readonly bytes: number;
  /** Seconds. */
  readonly cpu: number;
  readonly wall: number;
}

/** Runs a script under this Node and counts its output through a pipe. */
async function run(folder: string, args: readonly string[]): Promise<Run> {
  const report = join(folder, 'cpu');
  const env = environment({ CPU_REPORT: report });
  const started = performance.now();
  const child = spawn(process.execPath, ['--require', here('cpu-report.cjs'), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const counter = spawn('wc', ['-c'], { stdio: [child.stdout, 'pipe', 'inherit'] });
  child.stdout.destroy();
  const [bytes, code] = await Promise.all([
    new Promise<number>((resolve) =>
      counter.stdout!.once('data', (text: Buffer) => resolve(Number(text.toString()))),
    ),
    new Promise<number | null>((resolve) => child.once('exit', resolve)),
  ]);
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}`);
  return {
    bytes,
    cpu: (JSON.parse(readFileSync(report, 'utf8')) as { cpu: number }).cpu,
    wall: (performance.now() - started) / 1000,
  };
}
