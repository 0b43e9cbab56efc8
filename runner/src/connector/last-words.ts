import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Clock } from '../engine/clock.ts';

/** How much of stderr is kept, and of a line that is being read. */
const TAIL = 4096;
const LOOK_MS = 1000;
/** How many seconds of silence are allowed after a program has exited while another one holds its output open. */
const SILENCE = 5;
/** After a kill, only what is left in the pipe is read, for at most this long. */
const SILENCE_KILLED = 1;
const LONGEST_KILLED = 10;

/**
 * Watches the output of a program that has exited.
 * @returns true if the output is to be closed, because nothing came for 5 s and nothing waits to be read, or the program
 *   was killed; false at the end of the output
 */
export async function isHeldOpen(stdout: Socket, clock: Clock, isKilled: () => boolean): Promise<boolean> {
  const closed = new AbortController();
  if (stdout.destroyed) return false;
  stdout.once('close', () => closed.abort());
  let seen = stdout.bytesRead;
  let dead = 0;
  for (let silent = 0; silent < (isKilled() ? SILENCE_KILLED : SILENCE); silent++) {
    if (!(await clock.sleep(LOOK_MS, closed.signal))) return false;
    if (isKilled() && ++dead === LONGEST_KILLED) return true;
    // It may also wait for a slow destination. Everything that is there is read.
    if (stdout.bytesRead !== seen || stdout.readableLength > 0) silent = -1;
    seen = stdout.bytesRead;
  }
  return true;
}

/**
 * Reads stderr to its end, line by line, and keeps its tail. `ended` resolves when it is closed.
 * @param scrub removes secrets before anything is cut
 */
export function readTail(
  stderr: Readable,
  onLine: (line: string) => void,
  scrub: (text: string) => string,
): { tail: () => string; ended: Promise<void> } {
  let tail = '';
  let rest = '';
  const lastOf = (text: string) => (text.length > TAIL ? scrub(text).slice(-TAIL) : text);
  stderr.setEncoding('utf8');
  stderr.on('data', (text: string) => {
    tail = lastOf(tail + text);
    const lines = (rest + text).split('\n');
    rest = lastOf(lines.pop() as string);
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
