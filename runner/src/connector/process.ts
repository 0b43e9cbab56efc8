import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { ConfigError } from '@headrace/sdk/spec';
import type { Clock } from '../engine/clock.ts';
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
/** So long nothing may come of a program that has ended, while another one holds its output open. */
const SILENCE_MS = 5000;
const LOOKS = 5;

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
  clock: Clock,
): Promise<ConnectorProcess> {
  const child = spawn(launch.command, launch.args, {
    cwd: launch.cwd,
    env: launch.env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const { tail, ended } = readTail(child.stderr, onStderr);
  const stdout = child.stdout as Readable as Socket;
  let cutOff = false;
  const cut = () => {
    if (stdout.destroyed || stdout.readableEnded) return;
    cutOff = true;
    stdout.destroy();
  };
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      killGroup(child);
      void whenSilent(stdout, clock).then((isSilent) => isSilent && cut());
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
  const hasExited = () => child.exitCode !== null || child.signalCode !== null;
  return {
    stdin: child.stdin as Writable,
    stdout,
    exited,
    terminate: () => void child.kill('SIGTERM'),
    kill: () => {
      if (hasExited()) {
        cut();
        return;
      }
      killGroup(child);
      launch.killAlso?.();
    },
    hasExited,
    isCutOff: () => cutOff,
  };
}

/** Resolves with true once nothing has come for SILENCE_MS and nothing waits to be taken; with false at its end. */
async function whenSilent(stdout: Socket, clock: Clock): Promise<boolean> {
  const closed = new AbortController();
  if (stdout.destroyed) return false;
  stdout.once('close', () => closed.abort());
  let seen = stdout.bytesRead;
  for (let silent = 0; silent < LOOKS; silent++) {
    if (!(await clock.sleep(SILENCE_MS / LOOKS, closed.signal))) return false;
    // A slow destination makes it wait, too: what is there is read to its end.
    if (stdout.bytesRead !== seen || stdout.readableLength > 0) silent = -1;
    seen = stdout.bytesRead;
  }
  return true;
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
