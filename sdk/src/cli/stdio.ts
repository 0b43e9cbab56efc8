import { Buffer } from 'node:buffer';
import { writeSync } from 'node:fs';

/** How long to wait before retrying a write that a slow reader has blocked. */
const AGAIN_MS = 2;

/** Writes a whole text to a file descriptor, synchronously. It is not an error if the reader has gone. */
export function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
      // Another process made the pipe non-blocking, and it is full: one line of states can be longer than a pipe's
      // buffer.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, AGAIN_MS);
    }
  }
}
