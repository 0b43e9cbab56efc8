import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkMessages } from '@headrace/sdk/testing';
import { expect } from 'vitest';
import type { TrackerApi } from './tracker/api.ts';

/** Loosely typed, because tests look at any part of a message. */
export interface Message {
  type: string;
  record: { stream: string; data: Record<string, unknown> & { id: string | number } };
  state: {
    data?: object;
    stream: {
      stream_descriptor: { name: string };
      stream_state: {
        partitions: { ''?: { state: Record<string, unknown>; beside?: { run: number; state: object } } };
      };
    };
    sourceStats: { recordCount: number };
  };
  log: { level: string; message: string };
  trace: {
    type: string;
    error: { message: string; failure_type: string; stream_descriptor?: { name: string } };
    stream_status: { stream_descriptor: { name: string }; status: string };
  };
  connectionStatus: { status: string; message?: string };
  catalog: { streams: Array<{ name: string }> };
}

export interface Run {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  messages: Message[];
}

/** Made when it is needed: test files share this module, and each removes the folder at its end. */
let folder: string | undefined;
let files = 0;

export function file(value: unknown): string {
  folder ??= mkdtempSync(join(tmpdir(), 'faros-'));
  const path = join(folder, `${files++}.json`);
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
}

export function cleanUp(): void {
  if (folder) rmSync(folder, { recursive: true });
  folder = undefined;
}

export const configFor = ({ url, token }: TrackerApi, more: object = {}): object => ({
  url,
  credentials: { auth: 'token', token },
  ...more,
});

export interface RunOptions {
  readonly options?: object;
  readonly env?: Record<string, string>;
  /** `cdk-main` is the CDK's own runner. */
  readonly main?: 'main' | 'cdk-main';
  /** Runs the sources without bundling, as users do. */
  readonly fromSources?: boolean;
  /** Ignores lines that are not messages. */
  readonly raw?: boolean;
  /** Called with all of stdout so far, each time more arrives. */
  readonly watch?: (stdout: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Bundled before all tests by scripts/test-programs.ts. */
const PROGRAMS = new URL('../../../node_modules/.cache/test-programs/tracker/', import.meta.url);

/** The command that starts the tracker's source. */
export const command = (main: 'main' | 'cdk-main' = 'main'): string[] => [
  process.execPath,
  fileURLToPath(new URL(`${main}.js`, PROGRAMS)),
];

/** Runs the tracker's source in a process, with a STATE at every possible place. */
export async function run(
  args: readonly string[],
  { options = {}, env = {}, main, fromSources, raw, watch }: RunOptions = {},
): Promise<Run> {
  const sources = fileURLToPath(new URL('./tracker/main.ts', import.meta.url));
  const [program = '', ...flags] = fromSources
    ? [process.execPath, '--conditions=headrace:source', sources]
    : command(main);
  const child = spawn(program, [...flags, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      HEADRACE_STATE_INTERVAL_MS: '0',
      TRACKER_OPTIONS: JSON.stringify(options),
      ...env,
    },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    watch?.(stdout, (signal) => child.kill(signal));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (...ended) => resolve(ended));
  });
  const lines = stdout.split('\n');
  // A killed process may have written half a line.
  lines.pop();
  const said = raw ? lines.filter((line) => line.startsWith('{"')) : lines;
  return { code, signal, stdout, stderr, messages: said.map((line) => JSON.parse(line) as Message) };
}

/** Runs `read` and checks that every line is a message and that they follow the protocol. */
export async function read(
  api: TrackerApi,
  more: { config?: object; state?: unknown; args?: string[] } & RunOptions = {},
): Promise<Run> {
  const { config = {}, state, args = [], ...options } = more;
  const flags = ['read', '--config', file(configFor(api, config)), ...args];
  if (state !== undefined) flags.push('--state', file(state));
  const ended = await run(flags, options);
  if (ended.signal === null) expect(checkMessages(ended.stdout, { command: 'read' })).toEqual([]);
  return ended;
}

export const ids = ({ messages }: Pick<Run, 'messages'>, stream?: string): string[] =>
  messages
    .filter(({ type, record }) => type === 'RECORD' && (stream === undefined || record.stream === stream))
    .map(({ record }) => `${record.stream}/${record.data.id}`);

export const states = ({ messages }: Run, stream?: string): Message[] =>
  messages.filter(
    ({ type, state }) => type === 'STATE' && (!stream || state.stream.stream_descriptor.name === stream),
  );

/** The source's own state of a stream from its last STATE. */
export const lastState = (ended: Run, stream: string) =>
  states(ended, stream).at(-1)?.state.stream.stream_state.partitions['']?.state;

export const statuses = ({ messages }: Run): Record<string, string> =>
  Object.fromEntries(
    messages
      .filter(({ trace }) => trace?.type === 'STREAM_STATUS')
      .map(({ trace }) => [trace.stream_status.stream_descriptor.name, trace.stream_status.status]),
  );

export const errors = ({ messages }: Run): Message['trace']['error'][] =>
  messages.filter(({ trace }) => trace?.type === 'ERROR').map(({ trace }) => trace.error);

export const logs = ({ messages }: Run): string[] =>
  messages.filter(({ type }) => type === 'LOG').map(({ log }) => `${log.level} ${log.message}`);
