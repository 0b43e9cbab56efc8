import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipe, program } from './part.ts';

/** A file of RECORD lines. */
export interface Lines {
  readonly path: string;
  readonly bytes: number;
  remove(): void;
}

/** The lines that write-records.ts produces for records of this size, at least `least` bytes. */
export async function recordLines(recordSize: number, least: number): Promise<Lines> {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-bench-'));
  const path = join(folder, 'lines');
  const [command, ...args] = program('write-records.ts', ['ours', recordSize, least]);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const file = createWriteStream(path);
  child.stdout.pipe(file);
  await Promise.all([once(file, 'finish'), once(child, 'exit')]);
  return { path, bytes: statSync(path).size, remove: () => rmSync(folder, { recursive: true }) };
}

/** Measures the throughput of a pipe, `cat FILE | cat > /dev/null`, in MB/s. */
export function catCat(lines: Lines): () => Promise<number> {
  return async () => {
    const started = process.hrtime.bigint();
    await pipe('cat "$1" | cat > /dev/null', [lines.path]);
    return lines.bytes / (Number(process.hrtime.bigint() - started) / 1e9) / 1e6;
  };
}
