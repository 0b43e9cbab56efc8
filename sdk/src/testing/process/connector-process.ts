import { Buffer } from 'node:buffer';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { ProgressCounter, type ProgressPoint } from './progress.ts';

/** How a process ended and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** Milliseconds from start to end. */
  readonly ms: number;
}

/** How a connector's process is started. */
export interface StartOptions {
  /** Added to this process's own; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** What stands on its standard input, to its end; → nothing. `open`: written by `write`, ended by `end`. */
  readonly stdin?: string | Uint8Array | 'open';
  /** Whether its stdout is kept for `Ended`; false where it may be big. → true. */
  readonly keep?: boolean;
  /** Killed after so many ms, and `Ended` says so by its signal; → 60,000. */
  readonly timeoutMs?: number;
}

/** A connector's process, with how far it has come. */
export interface ConnectorProcess {
  readonly child: ChildProcess;
  readonly progress: ProgressCounter;
  /** Resolves when it has ended and its output was read to the end. */
  readonly ended: Promise<Ended>;
  /** Resolves to true when the point is reached, to false when it ended before. */
  reached(point: ProgressPoint): Promise<boolean>;
  /**
   * Sends a signal (→ SIGKILL) as soon as its output has come to the point. What it had written by then is
   * read to the end: it was handed over. `killed` says whether it was still there.
   */
  killAt(point: ProgressPoint, signal?: NodeJS.Signals): Promise<Ended & { readonly killed: boolean }>;
  /** Stops and goes on reading its stdout: a slow reader. */
  pause(): void;
  resume(): void;
  /** Resolves when the pipe took it; also when the process is gone. */
  write(text: string | Uint8Array): Promise<void>;
  end(): void;
  /** Resident bytes now and at most so far; undefined where the system does not tell (no /proc) or it is gone. */
  memory(): { readonly now: number; readonly peak: number } | undefined;
}

/** Starts a command and watches its output. Its stdin is empty unless `stdin` says otherwise. */
export function startProcess(command: readonly string[], options: StartOptions = {}): ConnectorProcess {
  const [program = '', ...args] = command;
  const begun = performance.now();
  const { stdin = '', keep = true, timeoutMs = 60_000 } = options;
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const progress = new ProgressCounter();
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const waiting = new Set<() => void>();
  const moved = (): void => {
    for (const look of waiting) look();
  };
  // It may be gone while we still write: its exit tells what there is to tell.
  child.stdin.on('error', () => undefined);
  child.stdout.on('data', (chunk: Buffer) => {
    if (keep) out.push(chunk);
    progress.add(chunk);
    moved();
  });
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  let over = false;
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      over = true;
      resolve({
        code,
        signal,
        stdout: Buffer.concat(out),
        stderr: Buffer.concat(err).toString(),
        ms: performance.now() - begun,
      });
      moved();
    });
  });
  // Who waits for `reached` alone must not be told of it twice.
  ended.catch(() => undefined);
  if (stdin !== 'open') child.stdin.end(stdin);

  const reached = async (point: ProgressPoint): Promise<boolean> => {
    if (!over && !progress.reached(point)) {
      await new Promise<void>((resolve, reject) => {
        const look = (): void => {
          if (!over && !progress.reached(point)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        ended.catch(reject);
      });
    }
    return progress.reached(point);
  };

  return {
    child,
    progress,
    ended,
    reached,
    killAt: async (point, signal = 'SIGKILL') => {
      await reached(point);
      const killed = !over && child.kill(signal);
      return { ...(await ended), killed };
    },
    pause: () => void child.stdout.pause(),
    resume: () => void child.stdout.resume(),
    write: (text) => new Promise((resolve) => child.stdin.write(text, () => resolve())),
    end: () => child.stdin.end(),
    memory: () => (child.pid === undefined || over ? undefined : memoryOf(child.pid)),
  };
}

/** How a process ended, or undefined where it has not within so many ms. */
export async function endsWithin(process: ConnectorProcess, ms: number): Promise<Ended | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  return Promise.race([process.ended, late]).finally(() => clearTimeout(timer));
}

/** Runs a command to its end. */
export function runProcess(command: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return startProcess(command, options).ended;
}

function memoryOf(pid: number): { now: number; peak: number } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ESRCH: it ended between the two calls.
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
  const kB = (name: string): number =>
    1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]);
  const [now, peak] = [kB('VmRSS'), kB('VmHWM')];
  // A zombie has no memory any more.
  return Number.isNaN(now) ? undefined : { now, peak };
}
