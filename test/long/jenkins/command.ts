import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { JenkinsSandbox } from '@headrace/sandbox';
import { readOf } from '../source.ts';
import { configOf } from './world.ts';

/** jenkins-source's `read` of a sandbox, with its configuration in a folder. */
export function readJenkins(jenkins: JenkinsSandbox, folder: string, config: object = {}): string[] {
  const file = join(folder, 'c.json');
  writeFileSync(file, JSON.stringify({ ...configOf(jenkins), ...config }));
  return [...readOf('connectors/jenkins-source/src/main.ts'), '--config', file];
}

/** What a process wrote, as far as a destination would have kept it. */
export interface Kept {
  readonly code: number | null;
  /** Records that its states cover, by stream. */
  readonly records: ReadonlyMap<string, readonly string[]>;
  /** The last state of each stream, as its STATE line. */
  readonly states: ReadonlyMap<string, string>;
  readonly bytes: number;
  readonly ms: number;
}

const RECORD = '{"type":"RECORD"';
const STATE = '{"type":"STATE"';
const STREAM = /"(?:stream|name)":"([a-z_]+)"/;

/**
 * Runs a read as a process and keeps what its states cover.
 * @param killAfter after so many lines it is killed
 * @param stateMs the time between states
 */
export async function keepOf(
  command: readonly string[],
  { killAfter = Number.POSITIVE_INFINITY, stateMs = 0 }: { killAfter?: number; stateMs?: number } = {},
): Promise<Kept> {
  const began = performance.now();
  const child = spawn(command[0]!, command.slice(1), {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, HEADRACE_STATE_INTERVAL_MS: String(stateMs), HEADRACE_BACKOFF_MS: '20' },
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const covered = new Map<string, string[]>();
  const open = new Map<string, string[]>();
  const states = new Map<string, string>();
  let bytes = 0;
  let lines = 0;
  for await (const line of linesOf(child.stdout)) {
    bytes += line.length + 1;
    const stream = STREAM.exec(line)?.[1] ?? '';
    if (line.startsWith(RECORD)) {
      const text = line.slice(line.indexOf('"data":') + 7, -2);
      open.set(stream, open.get(stream) ?? []);
      open.get(stream)!.push(text);
    } else if (line.startsWith(STATE)) {
      states.set(stream, line);
      covered.set(stream, covered.get(stream) ?? []);
      for (const text of open.get(stream) ?? []) covered.get(stream)!.push(text);
      open.delete(stream);
    }
    if (++lines >= killAfter) {
      child.kill('SIGKILL');
      break;
    }
  }
  return { code: await ended, records: covered, states, bytes, ms: performance.now() - began };
}

/** Node's readline also ends a line at U+2028, which may stand in a record. */
async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') yield rest;
}
