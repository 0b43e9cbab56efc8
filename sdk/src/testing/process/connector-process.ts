import { Buffer } from 'node:buffer';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { ProgressCounter, type ProgressPoint } from './progress.ts';

/** How a process ended, and its output. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** Milliseconds from start to end. */
  readonly ms: number;
}

/** How to start a connector's process. */
export interface StartOptions {
  /** Added to this process's environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** The process's standard input. Default: empty. With `open`, use `write` and `end`. */
  readonly stdin?: string | Uint8Array | 'open';
  /** Whether to keep its stdout for `Ended`. Default: true. Set to false if it may be large. */
  readonly keep?: boolean;
  /** The process is killed after this many ms, and `Ended` shows the signal. Default: 60,000. */
  readonly timeoutMs?: number;
}

/** A running connector process and its progress. */
export interface ConnectorProcess {
  readonly child: ChildProcess;
  readonly progress: ProgressCounter;
  /** Resolves when the process has ended and its output was read completely. */
  readonly ended: Promise<Ended>;
  /** Resolves with true when the point is reached, and with false if the process ended before. */
  reached(point: ProgressPoint): Promise<boolean>;
  /**
   * Sends a signal (default: SIGKILL) as soon as its output reaches the point. Anything it wrote before that is
   * still read, because it was handed over. `killed` says whether the process was still running.
   */
  killAt(point: ProgressPoint, signal?: NodeJS.Signals): Promise<Ended & { readonly killed: boolean }>;
  /** Stops reading its stdout and continues later, like a slow reader. */
  pause(): void;
  resume(): void;
  /** Resolves when the pipe has taken the text, or the process has ended. */
  write(text: string | Uint8Array): Promise<void>;
  end(): void;
  /**
   * Resident memory in bytes, now and at its peak. Undefined if the system does not report it (no /proc) or the
   * process has ended.
   */
  memory(): { readonly now: number; readonly peak: number } | undefined;
}

/** Starts a command and watches its output. Its stdin is empty unless `stdin` is set. */
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
  // The process may end while we still write. Its exit is reported anyway.
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
  // A caller that only awaits `reached` must not get an unhandled rejection as well.
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

/** How a process ended; undefined if it has not ended within this many ms. */
export async function endsWithin(process: ConnectorProcess, ms: number): Promise<Ended | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  return Promise.race([process.ended, late]).finally(() => clearTimeout(timer));
}

/** Runs a command until it ends. */
export function runProcess(command: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return startProcess(command, options).ended;
}

function memoryOf(pid: number): { now: number; peak: number } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ESRCH: the process ended between the two calls.
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
  const kB = (name: string): number =>
    1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]);
  const [now, peak] = [kB('VmRSS'), kB('VmHWM')];
  // A zombie has no memory any more.
  return Number.isNaN(now) ? undefined : { now, peak };
}
