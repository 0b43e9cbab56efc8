import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../node_modules/.bin', import.meta.url));

/** The environment in which the built commands are on the PATH and retries are quick. */
export function environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: [BIN, process.env.PATH].join(delimiter),
    HEADRACE_BACKOFF_MS: '20',
    ...more,
  };
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a shell script to its end, in a folder; `sh` is bash with pipefail, as the pipes of the README need. */
export function shell(script: string, cwd: string, env: NodeJS.ProcessEnv = environment()): Promise<Ended> {
  return ended(
    spawn('bash', ['-c', `set -o pipefail\n${script}`], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] }),
  );
}

export function ended(child: ChildProcess): Promise<Ended> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({ code, signal, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
  });
}

/** The process that a wrapper of `recorded` became, or undefined before it has begun. */
export function pidOf(folder: string, name: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(folder, `${name}.pid`), 'utf8'));
    return pid > 0 ? pid : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
