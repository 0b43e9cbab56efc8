import { writeSync } from 'node:fs';
import type { Death } from './options.ts';

/** Stdout, written synchronously, so that everything written before a crash has been delivered. */
export interface Output {
  text(text: string): void;
  line(text: string): void;
  say(message: object): void;
}

const STDOUT = 1;
const STDERR = 2;

export const output: Output = {
  text: (text) => writeAll(STDOUT, text),
  line: (text) => writeAll(STDOUT, `${text}\n`),
  say: (message) => writeAll(STDOUT, `${JSON.stringify(message)}\n`),
};

function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      // EAGAIN means a slow reader. If the reader has gone, we exit, like any simple program.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') process.exit(1);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

export function storm(): void {
  for (let i = 0; i < 64; i++) writeAll(STDERR, `${'water gate '.repeat(1489)}\n`);
}

export function die({ by = 'SIGKILL' }: Death): never {
  if (typeof by === 'number') process.exit(by);
  process.kill(process.pid, by);
  // Wait for the signal to arrive.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
}

/** The value after a command-line flag. */
export function flag(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at === -1 ? undefined : process.argv[at + 1];
}
