import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { ConfigError } from '@headrace/sdk/spec';
import type { Clock } from '../engine/clock.ts';
import type { ConnectorProcess, Exit } from '../engine/connector.ts';
import { isHeldOpen, readTail } from './last-words.ts';
import { killMarked, killTree, MARK, signalGroup } from './process-tree.ts';

/** A program to start and where. `killAlso` ends what a SIGKILL of the program would leave running. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly killAlso?: () => void;
  /** Takes secrets away from what it says, before a text is cut (invariant 6). */
  readonly scrub: (text: string) => string;
}

const LAST_WORDS_MS = 500;

/**
 * Starts a connector in a process group of its own: a Ctrl-C at the terminal reaches only this program,
 * which then ends its children in order (the source drains, the destination reads to its end and commits).
 * Killed, this program leaves them a closed pipe each, and they end by themselves.
 *
 * This is the one place that knows how a connector ends. After its exit its output is read on while bytes come; what it
 * has left behind is ended with the output, after 5 s of silence, or by `kill`. So every wait for a process comes to an
 * end once `kill` was called, whatever it has started and whoever holds its pipes.
 * @param onStderr gets each line of stderr; a full pipe would stop the connector, so it is always read
 * @throws ConfigError where the program cannot be started
 */
export async function startProcess(
  launch: Launch,
  onStderr: (line: string) => void,
  clock: Clock,
): Promise<ConnectorProcess> {
  const mark = randomBytes(8).toString('hex');
  const child = spawn(launch.command, launch.args, {
    cwd: launch.cwd,
    env: { ...launch.env, [MARK]: mark },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // Whoever reads no more is seen at its exit; a verb that closes its stdin early is no event.
  child.stdin.on('error', () => {});
  const { tail, ended } = readTail(child.stderr, onStderr, launch.scrub);
  const stdout = child.stdout as Readable as Socket;
  const state = { hasExited: false, isTerminated: false, isKilled: false, isCutOff: false, isOver: false };
  /** The last that is done: from here on the group's id may be another's. */
  const finish = () => {
    if (state.isOver) return;
    state.isOver = true;
    if (state.isKilled || state.isCutOff) killTree(child.pid as number, mark);
    else signalGroup(child.pid as number, 'SIGKILL');
  };
  const cut = () => {
    if (stdout.destroyed || stdout.readableEnded) return;
    state.isCutOff = true;
    stdout.destroy();
  };
  stdout.once('close', () => {
    if (state.hasExited) finish();
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      state.hasExited = true;
      // Whatever still holds the other end of its input reads no more for it.
      child.stdin.destroy();
      if (stdout.closed) finish();
      // A shell that was told to drain has told nobody.
      else if (state.isTerminated) signalGroup(child.pid as number, 'SIGTERM');
      void isHeldOpen(stdout, clock, () => state.isKilled).then((isHeld) => isHeld && cut());
      // What it said last may still be on its way; a grandchild that keeps the pipe open is not waited for.
      const late = setTimeout(() => {
        child.stderr.destroy();
        if (stdout.closed) killMarked(mark);
      }, LAST_WORDS_MS);
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
    stdout,
    exited,
    terminate: () => {
      state.isTerminated = true;
      if (state.hasExited) return;
      child.kill('SIGTERM');
      // One that is stopped hears it only when it goes on.
      child.kill('SIGCONT');
    },
    kill: () => {
      if (state.isOver) return;
      state.isKilled = true;
      killTree(child.pid as number, mark);
      if (state.hasExited) cut();
      else launch.killAlso?.();
    },
    hasExited: () => state.hasExited,
    isCutOff: () => state.isCutOff,
  };
}
