import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Clock } from '../engine/clock.ts';

/** So much of stderr is kept, and of a line that is being read. */
const TAIL = 4096;
const LOOK_MS = 1000;
/** So many seconds nothing may come of a program that has ended, while another one holds its output open. */
const SILENCE = 5;
/** One that was killed has nothing more to say: what is left in the pipe is read, for this long at most. */
const SILENCE_KILLED = 1;
const LONGEST_KILLED = 10;

/**
 * Watches the output of a program that has ended.
 * @returns true once nothing more is waited for, because nothing has come for 5 s and nothing waits to be taken, or the
 *   program was killed; false at the output's end
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
    // A slow destination makes it wait, too: what is there is read to its end.
    if (stdout.bytesRead !== seen || stdout.readableLength > 0) silent = -1;
    seen = stdout.bytesRead;
  }
  return true;
}

/**
 * Reads stderr to its end, line by line, and keeps its tail. `ended` resolves when it is closed.
 * @param scrub takes secrets away before something is cut
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
