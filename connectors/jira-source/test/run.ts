import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JiraSandbox } from '@headrace/sandbox';
import { runArguments } from '@headrace/sdk/testing';
import jiraSource from '../src/source.ts';

/** Bundled from the sources before all tests: scripts/test-programs.ts. */
const MAIN = fileURLToPath(
  new URL('../../../node_modules/.cache/test-programs/jira-source/main.js', import.meta.url),
);

/** What a run of the source left behind. */
export interface Run {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: Buffer;
  stderr: string;
  /** Every line that is no RECORD, parsed. */
  messages: Message[];
  /** RECORD lines as bytes, per stream. */
  records: Map<string, Buffer[]>;
}

/** Loose on purpose: tests look into every corner of a message. */
export interface Message {
  type: string;
  state: {
    stream: {
      stream_descriptor: { name: string };
      stream_state: { partitions: Record<string, Record<string, unknown>> };
    };
    sourceStats: { recordCount: number };
  };
  trace: {
    type: string;
    error: {
      message: string;
      failure_type: string;
      internal_message: string;
      stream_descriptor?: { name: string };
    };
    stream_status: { stream_descriptor: { name: string }; status: string; reasons?: unknown[] };
    analytics: { type: string; value: string };
  };
  log: { level: string; message: string };
  connectionStatus: { status: string; message?: string };
  catalog: { streams: Array<{ name: string }> };
}

const folders: string[] = [];

/** Writes a value to a file of its own, removed by `cleanUp`. */
export function file(value: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), 'jira-source-'));
  folders.push(folder);
  const path = join(folder, 'f.json');
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
}

export function cleanUp(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export function configFor(jira: JiraSandbox, more: object = {}): object {
  return {
    base_url: jira.url,
    credentials: { auth_type: 'api_token', email: jira.email, api_token: jira.apiToken },
    ...more,
  };
}

/** Starts the source under this Node. */
export function start(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, HEADRACE_BACKOFF_MS: '5', ...env },
  });
}

/** Runs the source to its end, in this process: a process each would take most of the time of these tests. */
export async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  const { code, stdout } = await runArguments(jiraSource, args, { HEADRACE_BACKOFF_MS: '5', ...env });
  return { code, signal: null, stdout, stderr: '', ...parse(stdout) };
}

/** Runs the source to its end, as a process. */
export async function runAlone(
  args: readonly string[],
  env: Record<string, string> = {},
  stdin = '',
): Promise<Run> {
  const child = start(args, env);
  child.stdin!.end(stdin);
  return outcome(child);
}

export async function outcome(child: ChildProcess): Promise<Run> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout!.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr!.on('data', (chunk: Buffer) => err.push(chunk));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.on('close', (...ended) => resolve(ended)),
  );
  const stdout = Buffer.concat(out);
  return { code, signal, stdout, stderr: Buffer.concat(err).toString(), ...parse(stdout) };
}

const RECORD = '{"type":"RECORD"';

function parse(stdout: Buffer): Pick<Run, 'messages' | 'records'> {
  const messages: Message[] = [];
  const records = new Map<string, Buffer[]>();
  for (let at = 0; at < stdout.length; ) {
    const end = stdout.indexOf(10, at);
    const line = stdout.subarray(at, end === -1 ? stdout.length : end);
    if (line.subarray(0, RECORD.length).toString() === RECORD) {
      const stream = /"stream":"([^"]+)"/.exec(line.subarray(0, 200).toString())![1]!;
      records.set(stream, [...(records.get(stream) ?? []), line]);
    } else messages.push(JSON.parse(line.toString()) as Message);
    at += line.length + 1;
  }
  return { messages, records };
}

export const statuses = ({ messages }: Run, stream: string): string[] =>
  messages
    .filter(({ trace }) => trace?.stream_status?.stream_descriptor.name === stream)
    .map(({ trace }) => trace.stream_status.status);

export const states = ({ messages }: Run, stream: string): Message[] =>
  messages.filter(({ state }) => state?.stream.stream_descriptor.name === stream);

/** A file with the last state that a run left of each stream, as `--state` takes it. */
export const savedOf = (of: Run, streams: readonly string[]): string =>
  file(
    streams.flatMap((stream) =>
      states(of, stream)
        .slice(-1)
        .map(({ state }) => ({ type: 'STREAM', ...state })),
    ),
  );
export const saved = (of: Run, stream: string): string => savedOf(of, [stream]);

/** What a run said at a level. */
export const said = ({ messages }: Run, level: string): string[] =>
  messages.flatMap(({ log }) => (log?.level === level ? [log.message] : []));

export const errors = ({ messages }: Run): Message['trace']['error'][] =>
  messages.filter(({ trace }) => trace?.type === 'ERROR').map(({ trace }) => trace.error);

/** The payload of a RECORD line: its bytes between `"data":` and the closing braces. */
export function payload(line: Buffer): Buffer {
  return line.subarray(line.indexOf('"data":') + 7, line.length - 2);
}

/** The payloads that a run sent of a stream. */
export const recordsOf = ({ records }: Pick<Run, 'records'>, stream: string): Buffer[] =>
  (records.get(stream) ?? []).map(payload);

/** A payload's record, parsed. */
export const data = (line: Buffer): Record<string, unknown> & { id: string; key: string } =>
  JSON.parse(payload(line).toString());

/** A payload without the context fields that the source put behind the vendor's own. */
export function vendors(line: Buffer): Buffer {
  const bytes = payload(line);
  const context = bytes.lastIndexOf(',"updated":"');
  return Buffer.concat([bytes.subarray(0, context), Buffer.from('}')]);
}
