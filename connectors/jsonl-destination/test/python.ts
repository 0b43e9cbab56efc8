import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Readers that must be able to read our files, as other people install them. */
const PACKAGES = ['duckdb==2.0.1', 'pyarrow==26.0.1', 'polars==2.1.0', 'pandas==3.1.1'];

const windows = process.platform === 'win32';

/**
 * A Python that has the packages: a virtual environment in the folder for temporary files, made once for a list of
 * packages and used again by later runs.
 */
export function python(): string {
  const name = createHash('sha256').update(PACKAGES.join()).digest('hex').slice(0, 12);
  const folder = join(tmpdir(), `headrace-python-${name}`);
  if (!existsSync(folder)) {
    const making = mkdtempSync(`${folder}-`);
    run(windows ? 'python' : 'python3', ['-m', 'venv', making]);
    // Compiles only the modules that are used, when they are used first. Compiling all takes half of the installation.
    const options = ['--quiet', '--disable-pip-version-check', '--no-compile'];
    run(interpreter(making), ['-m', 'pip', 'install', ...options, ...PACKAGES]);
    move(making, folder);
  }
  return interpreter(folder);
}

/** Runs a script and returns what it prints as JSON. */
export function askPython(script: string, ...args: readonly string[]): unknown {
  return JSON.parse(run(python(), ['-c', script, ...args]));
}

function interpreter(folder: string): string {
  return windows ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
}

/** Another test may have been faster. */
function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
    rmSync(from, { recursive: true });
  }
}

function run(command: string, args: readonly string[]): string {
  const { PYTHONDONTWRITEBYTECODE: _, ...env } = process.env;
  const options = { encoding: 'utf8', timeout: 240_000, env } as const;
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.slice(0, 3).join(' ')} exited ${status}: ${stderr}`);
  return stdout;
}
