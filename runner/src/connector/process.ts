import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { ConfigError } from '@headrace/sdk/spec';
import type { ConnectorProcess, Exit } from '../engine/connector.ts';

/** A program to start and where. `stop` ends what a plain SIGKILL of the program would leave running. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly killAlso?: () => void;
}

const TAIL = 4096;
const LAST_WORDS_MS = 500;

/**
 * Starts a connector in a process group of its own: a Ctrl-C at the terminal reaches only this program,
 * which then ends its children in order (the source drains, the destination reads to its end and commits).
 * Killed, this program leaves them a closed pipe each, and they end by themselves.
 * @param onStderr gets each line of stderr; a full pipe would stop the connector, so it is always read
 * @throws ConfigError where the program cannot be started
 */
export async function startProcess(
  launch: Launch,
  onStderr: (line: string) => void,
): Promise<ConnectorProcess> {
  const child = spawn(launch.command, launch.args, {
    cwd: launch.cwd,
    env: launch.env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const { tail, ended } = readTail(child.stderr, onStderr);
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      killGroup(child);
      // What it said last may still be on its way; a grandchild that keeps the pipe open is not waited for.
      const late = setTimeout(() => child.stderr.destroy(), LAST_WORDS_MS);
      void ended.then(() => {
        clearTimeout(late);
        resolve({ code, signal, stderr: tail() });
      });
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => {
      reject(
        new ConfigError(`${launch.command} cannot be started: ${error.message}`, {
          code: 'connector.not_startable',
          cause: error,
        }),
      );
    });
  });
  return {
    stdin: child.stdin as Writable,
    stdout: child.stdout as Readable,
    exited,
    terminate: () => void child.kill('SIGTERM'),
    kill: () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      killGroup(child);
      launch.killAlso?.();
    },
  };
}

function killGroup(child: ChildProcess): void {
  try {
    process.kill(-(child.pid as number), 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Reads stderr to its end, line by line, and keeps its tail. `ended` resolves when it is closed. */
function readTail(
  stderr: Readable,
  onLine: (line: string) => void,
): { tail: () => string; ended: Promise<void> } {
  let tail = '';
  let rest = '';
  stderr.setEncoding('utf8');
  stderr.on('data', (text: string) => {
    tail = (tail + text).slice(-TAIL);
    const lines = (rest + text).split('\n');
    rest = (lines.pop() as string).slice(-TAIL);
    for (const line of lines) if (line.trim() !== '') onLine(line);
  });
  const ended = new Promise<void>((resolve) => {
    stderr.once('close', () => {
      if (rest.trim() !== '') onLine(rest);
      resolve();
    });
  });
  return { tail: () => tail.trim(), ended };
}
