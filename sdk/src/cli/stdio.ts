import { Buffer } from 'node:buffer';
import { writeSync } from 'node:fs';

/** Writes a short text to a file descriptor, all of it, at once; a reader that has gone is no error here. */
export function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}
