import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../node_modules/.bin', import.meta.url));

/** An environment with the built commands on the PATH and short retry delays. */
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

/** Runs a shell script in a folder until it exits. Uses bash with pipefail, which the pipes of the README need. */
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

/** The pid that a wrapper wrote before it became the process, or undefined if it has not started. */
export function pidOf(folder: string, name: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(folder, `${name}.pid`), 'utf8'));
    return pid > 0 ? pid : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
