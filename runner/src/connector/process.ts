import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { ConfigError } from '@headrace/sdk/spec';
import type { Clock } from '../engine/clock.ts';
import type { ConnectorProcess, Exit } from '../engine/connector.ts';
import { isHeldOpen, readTail } from './last-words.ts';
import { killMarked, killTree, MARK, signalGroup } from './process-tree.ts';

/** A program to start and where. `killAlso` ends what would keep running after a SIGKILL of the program. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly killAlso?: () => void;
  /** Removes secrets from its output, before a text is cut (invariant 6). */
  readonly scrub: (text: string) => string;
}

const LAST_WORDS_MS = 500;

/**
 * Starts a connector in its own process group, so that Ctrl-C at the terminal reaches only this program, which then stops
 * its children in order (the source drains, the destination reads to the end and commits). If this program is killed, the
 * children see closed pipes and exit.
 *
 * Only this code knows how a connector ends. After its exit, its output is read while bytes come. Programs that it left
 * behind are ended when the output ends, after 5 s of silence, or by `kill`. So every wait for a process ends once `kill`
 * is called, whatever it started and whoever holds its pipes.
 * @param onStderr gets each line of stderr; a full pipe would stop the connector, so it is always read
 * @throws ConfigError if the program cannot be started
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
  // A process that stops reading is noticed at its exit; a verb may close its stdin early.
  child.stdin.on('error', () => {});
  const { tail, ended } = readTail(child.stderr, onStderr, launch.scrub);
  const stdout = child.stdout as Readable as Socket;
  const state = { hasExited: false, isTerminated: false, isKilled: false, isCutOff: false, isOver: false };
  /** Called last: afterwards the group's id may belong to another group. */
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
      // Whatever still holds the other end of its input no longer reads for it.
      child.stdin.destroy();
      if (stdout.closed) finish();
      // A shell that gets the signal does not pass it on.
      else if (state.isTerminated) signalGroup(child.pid as number, 'SIGTERM');
      void isHeldOpen(stdout, clock, () => state.isKilled).then((isHeld) => isHeld && cut());
      // Its last output may still be in the pipe. A grandchild that keeps the pipe open is not waited for.
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
      // A stopped process receives it only when it continues.
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
