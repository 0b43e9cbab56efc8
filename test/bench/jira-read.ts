import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environment } from '../processes.ts';
import type { SandboxProcess } from './sandbox.ts';

/** The results and costs of a read by jira-source. */
export interface JiraRead {
  /** Records by stream, according to its STATEs. */
  readonly records: ReadonlyMap<string, number>;
  /** The last state of each stream, as a destination would keep it. */
  readonly states: ReadonlyMap<string, StreamState>;
  /** Requests by method and route. */
  readonly requests: ReadonlyMap<string, number>;
  /** How many of them the burst limit refused. */
  readonly throttled: number;
  /** How long the sandbox spent answering, summed over all requests. */
  readonly busySeconds: number;
  /** Wall time of the whole process. */
  readonly seconds: number;
  /** Peak, in MB. */
  readonly rss: number;
}

export interface ReadOptions {
  /** Default: all streams. */
  readonly streams?: readonly string[];
  readonly config?: object;
  /** States of an earlier read. */
  readonly states?: JiraRead['states'];
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
/** Removes records from the pipe and keeps all other messages. */
const NO_RECORDS = `"$@" | grep -av '^{"type":"RECORD"'`;

interface StreamState {
  readonly stream: { readonly stream_descriptor: { readonly name: string }; readonly stream_state: object };
  readonly sourceStats: { readonly recordCount: number };
}

interface Message {
  readonly state?: StreamState;
}

/** Runs the built jira-source until it exits. @throws Error if the exit code is not 0 */
export async function readJira(sandbox: SandboxProcess, options: ReadOptions = {}): Promise<JiraRead> {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-bench-'));
  const file = (name: string, content: object): string => {
    writeFileSync(join(folder, name), JSON.stringify(content));
    return join(folder, name);
  };
  try {
    await sandbox.control({ do: 'resetStats' });
    const saved = [...(options.states?.values() ?? [])].map((state) => ({ type: 'STREAM', ...state }));
    const report = join(folder, 'report');
    const source = [here('../../connectors/jira-source/dist/main.js'), 'read'];
    const args = [
      '--config',
      file('c.json', sandbox.config(options.config)),
      '--state',
      file('s.json', saved),
    ];
    if (options.streams) args.push('--streams', options.streams.join());
    const command = [process.execPath, '--require', here('cpu-report.cjs'), ...source, ...args];
    const began = performance.now();
    const child = spawn('bash', ['-c', `set -o pipefail; ${NO_RECORDS}`, 'bash', ...command], {
      env: environment({ CPU_REPORT: report }),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const messages = await linesOf(child);
    const seconds = (performance.now() - began) / 1000;
    const { routes, throttled, busyMs } = await sandbox.stats();
    return {
      ...sums(messages),
      requests: new Map(Object.entries(routes).map(([route, { requests }]) => [route, requests])),
      throttled,
      busySeconds: busyMs / 1000,
      seconds,
      rss: (JSON.parse(readFileSync(report, 'utf8')) as { rss: number }).rss,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Number of requests of a read: all, or those to the given routes. */
export function requestsOf({ requests }: JiraRead, routes?: readonly string[]): number {
  return (routes ?? [...requests.keys()]).reduce((sum, route) => sum + (requests.get(route) ?? 0), 0);
}

async function linesOf(child: ChildProcess): Promise<Message[]> {
  const chunks: Buffer[] = [];
  child.stdout!.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = await once(child, 'close');
  const lines = Buffer.concat(chunks).toString().trimEnd().split('\n');
  if (code !== 0) throw new Error(`jira-source ended with ${code}: ${lines.slice(-20).join('\n')}`);
  return lines.map((line) => JSON.parse(line) as Message);
}

function sums(messages: readonly Message[]): Pick<JiraRead, 'records' | 'states'> {
  const records = new Map<string, number>();
  const states = new Map<string, StreamState>();
  for (const { state } of messages) {
    if (!state) continue;
    const { name } = state.stream.stream_descriptor;
    records.set(name, (records.get(name) ?? 0) + state.sourceStats.recordCount);
    states.set(name, state);
  }
  return { records, states };
}
