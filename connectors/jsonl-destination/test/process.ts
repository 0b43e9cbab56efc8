import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AirbyteMessage } from '@headrace/sdk/protocol';

/** Bundled from the sources before all tests (scripts/test-programs.ts); in a marathon what is shipped. */
const PROGRAM = fileURLToPath(
  process.env.HEADRACE_LONG
    ? new URL('../dist/main.js', import.meta.url)
    : new URL('../../../node_modules/.cache/test-programs/jsonl-destination/driver.js', import.meta.url),
);

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with a config, and the connector's process over it. */
export class Bench {
  readonly root = mkdtempSync(join(tmpdir(), 'headrace-jsonl-'));
  readonly path = join(this.root, 'out');

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  /**
   * Starts `jsonl-destination <command> --config …`.
   * @param ulimit what the process may use, as the shell's command has it: `-f 100`
   */
  start(
    command: readonly string[],
    config: object = {},
    env: Record<string, string> = {},
    ulimit?: string,
  ): Running {
    mkdirSync(this.root, { recursive: true });
    const file = join(this.root, 'config.json');
    writeFileSync(file, JSON.stringify({ path: this.path, allow_ephemeral: true, ...config }));
    const [verb = 'write', ...rest] = command;
    const args = [PROGRAM, verb, '--config', file, ...rest];
    const [program, ...all] =
      ulimit === undefined
        ? [process.execPath, ...args]
        : ['sh', '-c', `ulimit ${ulimit}; exec "$0" "$@"`, process.execPath, ...args];
    const child = spawn(program!, all, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, HEADRACE_LOCK_WAIT_MS: '0', ...env },
    });
    return new Running(child);
  }

  async run(
    command: readonly string[],
    input = '',
    config: object = {},
    env: Record<string, string> = {},
  ): Promise<Ended> {
    const running = this.start(command, config, env);
    running.child.stdin?.end(input);
    return running.ended;
  }

  async state(
    config: object = {},
    args: readonly string[] = [],
  ): Promise<
    Array<{ stream: { stream_descriptor: { name: string }; stream_state: { at: number } }; commit: number }>
  > {
    const { code, stdout, stderr } = await this.run(['state', ...args], '', config);
    if (code !== 0) throw new Error(`state exited ${code}: ${stderr}`);
    return JSON.parse(stdout);
  }
}

export class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  #stdout = '';
  #stderr = '';

  constructor(child: ChildProcess) {
    this.child = child;
    // The process may be gone while we still write: that is what some tests are about.
    child.stdin?.on('error', () => undefined);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.ended = once(child, 'close').then(([code, signal]) => ({
      code,
      signal,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  /** Resolves when all of it was taken by the pipe. */
  write(text: string): Promise<void> {
    return new Promise((resolve) => this.child.stdin?.write(text, () => resolve()));
  }

  echoes(): AirbyteMessage[] {
    return messages(this.#stdout.slice(0, this.#stdout.lastIndexOf('\n') + 1)).filter(
      ({ type }) => type === 'STATE',
    );
  }

  /** Waits until so many states were echoed, or the process is gone. */
  async echoed(count: number): Promise<void> {
    let over = false;
    const end = this.ended.then(() => {
      over = true;
    });
    while (!over && this.echoes().length < count) await Promise.race([once(this.child.stdout!, 'data'), end]);
  }
}

export function messages(stdout: string): AirbyteMessage[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AirbyteMessage);
}

export const record = (stream: string, data: unknown): string =>
  `${JSON.stringify({ type: 'RECORD', record: { stream, emitted_at: 1763680000000, data } })}\n`;

export const state = (stream: string, at: number, recordCount?: number): string =>
  `${JSON.stringify({ type: 'STATE', state: { type: 'STREAM', stream: { stream_descriptor: { name: stream }, stream_state: { at } }, ...(recordCount === undefined ? {} : { sourceStats: { recordCount } }) } })}\n`;

export const status = (stream: string, said: string): string =>
  `${JSON.stringify({ type: 'TRACE', trace: { type: 'STREAM_STATUS', emitted_at: 1, stream_status: { stream_descriptor: { name: stream }, status: said } } })}\n`;

export const analytics = (type: string, value: string): string =>
  `${JSON.stringify({ type: 'TRACE', trace: { type: 'ANALYTICS', emitted_at: 1, analytics: { type, value } } })}\n`;
