import { Buffer } from 'node:buffer';
import { EventEmitter } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { parseConfiguredCatalog } from '../protocol/catalog.ts';
import { MessageWriter } from '../protocol/message-writer.ts';
import type { AirbyteMessage, DestinationSyncMode } from '../protocol/messages.ts';
import type { StateToCommit } from '../protocol/state-line.ts';
import { systemClock } from '../runtime/clock.ts';
import { defineDestination } from './define.ts';
import { runWrite } from './write.ts';
import type { CommitPolicy, DestinationWriter, RunStart } from './writer.ts';

interface MemoryStream {
  readonly lines: string[];
  marked: number;
  durable: number;
  /** Why all of it is taken to be there; undefined where it is not. */
  whole: 'said' | 'ended' | undefined;
}

/** A small store that keeps its promises in memory: what it is told to commit, when, and what it then holds. */
export class MemoryStore {
  readonly streams = new Map<string, MemoryStream>();
  readonly states: string[] = [];
  /** Lines that could not be read, behind the stream that they were put aside for. */
  readonly aside: string[] = [];
  /** What stood in the output when a commit resolved: nothing of this commit may be there. */
  readonly outputAtCommit: string[] = [];
  started: RunStart | undefined;
  ended: 'no' | 'end' | 'abort' = 'no';
  commits = 0;
  /** Thrown by the next commit. */
  failWith: Error | undefined;
  /** A commit waits for it. */
  gate: Promise<void> = Promise.resolve();

  durable(stream: string): string[] {
    const { lines, durable } = this.streams.get(stream) ?? { lines: [], durable: 0 };
    return lines.slice(0, durable);
  }

  writer(policy: CommitPolicy, output: () => string): DestinationWriter {
    return {
      setAside: ({ line }, { name }) => void this.aside.push(`${name}: ${line}`),
      policy,
      begin: async (start) => {
        this.started = start;
      },
      stream: ({ name, namespace }) => {
        const stream: MemoryStream = { lines: [], marked: 0, durable: 0, whole: undefined };
        this.streams.set(namespace ? `${namespace}.${name}` : name, stream);
        return {
          write: ({ data, isObject }) => {
            if (!isObject) return 'rejected';
            stream.lines.push(Buffer.from(data).toString());
            return 'stored';
          },
          mark: () => {
            stream.marked = stream.lines.length;
          },
          complete: (how) => {
            stream.whole = how;
          },
          rollBack: async () => {
            stream.lines.length = stream.marked;
          },
        };
      },
      batch: () => undefined,
      ready: () => undefined,
      commit: (states) => this.#commit(states, output),
      end: async () => {
        this.ended = 'end';
      },
      abort: async () => {
        this.ended = 'abort';
      },
    };
  }

  async #commit(states: readonly StateToCommit[], output: () => string): Promise<void> {
    const marks = [...this.streams.values()].map((stream) => [stream, stream.marked] as const);
    await this.gate;
    if (this.failWith) throw this.failWith;
    for (const [stream, marked] of marks) stream.durable = marked;
    this.states.push(...states.map(({ json }) => json));
    this.commits++;
    this.outputAtCommit.push(output());
  }
}

export interface RunOptions {
  readonly policy?: Partial<CommitPolicy>;
  /** As a caller writes it. */
  readonly catalog?: object;
  readonly processEnv?: Record<string, string>;
  readonly supportedModes?: DestinationSyncMode[];
  readonly store?: MemoryStore;
  readonly signals?: EventEmitter;
}

export interface RunResult {
  readonly code: number;
  readonly store: MemoryStore;
  readonly messages: AirbyteMessage[];
  readonly lines: string[];
  readonly logged: string[];
}

/** Runs a `write` over the input into a memory store; stdout is a real file. */
export async function run(
  input: string | AsyncIterable<Buffer>,
  options: RunOptions = {},
): Promise<RunResult> {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-write-'));
  const file = join(folder, 'stdout');
  const fd = openSync(file, 'w');
  const store = options.store ?? new MemoryStore();
  const logged: string[] = [];
  const log = (level: string) => (text: string) => void logged.push(`${level} ${text}`);
  const policy = { seconds: 3600, bytes: 1e9, onCountMismatch: 'fail' as const, ...options.policy };
  const definition = defineDestination({
    name: 'memory',
    config: z.object({}),
    supportedModes: options.supportedModes ?? ['append'],
    check: async () => undefined,
    open: () => store.writer(policy, () => readFileSync(file, 'utf8')),
  });
  try {
    const output = new MessageWriter(fd);
    const env = {
      ...systemClock,
      random: Math.random,
      log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
      processEnv: options.processEnv ?? {},
    };
    const code = await runWrite({
      definition,
      config: {},
      catalog: options.catalog && (await parseConfiguredCatalog(options.catalog, '--catalog')),
      input: typeof input === 'string' ? chunks(input) : input,
      output,
      env,
      signals: options.signals ?? new EventEmitter(),
    });
    await output.flush();
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    return { code, store, lines, messages: lines.map((line) => JSON.parse(line) as AirbyteMessage), logged };
  } finally {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  }
}

/** Cut at awkward places: in the middle of lines and of characters. */
async function* chunks(text: string): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 37) yield bytes.subarray(at, at + 37);
}

export const record = (stream: string, data: unknown, namespace?: string): string =>
  `${JSON.stringify({ type: 'RECORD', record: { stream, namespace, emitted_at: 1, data } })}\n`;

export const status = (stream: string, said: string): string =>
  `${JSON.stringify({ type: 'TRACE', trace: { type: 'STREAM_STATUS', emitted_at: 1.5, stream_status: { stream_descriptor: { name: stream }, status: said } } })}\n`;

export const state = (stream: string, at: unknown, recordCount?: number): string =>
  `${JSON.stringify({ type: 'STATE', state: { type: 'STREAM', stream: { stream_descriptor: { name: stream }, stream_state: { at } }, ...counted(recordCount) } })}\n`;

export const globalState = (at: unknown, recordCount?: number): string =>
  `${JSON.stringify({ type: 'STATE', state: { type: 'GLOBAL', global: { shared_state: { at }, stream_states: [] }, ...counted(recordCount) } })}\n`;

export const analytics = (type: string, value: string): string =>
  `${JSON.stringify({ type: 'TRACE', trace: { type: 'ANALYTICS', emitted_at: 1, analytics: { type, value } } })}\n`;

function counted(recordCount: number | undefined): object {
  return recordCount === undefined ? {} : { sourceStats: { recordCount } };
}
