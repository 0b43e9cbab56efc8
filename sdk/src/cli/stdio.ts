import { Buffer } from 'node:buffer';
import { writeSync } from 'node:fs';

/** How long a reader that is slow is waited for before it is tried again. */
const AGAIN_MS = 2;

/** Writes a text to a file descriptor, all of it, at once; a reader that has gone is no error here. */
export function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
      // Somebody made it non-blocking, and it is full: a line of states is longer than a pipe.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, AGAIN_MS);
    }
  }
}
