import { Buffer } from 'node:buffer';
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';

/** So much of a stream waits in memory at most. */
const BLOCK = 1 << 16;

/** One stream's file of JSON lines: what was written, and how much of that a state covers. */
export class StreamFile {
  readonly #fd: number;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Bytes in the file. */
  #length: number;
  /** Bytes that stood before the last mark. */
  #marked: number;
  #synced = false;

  /** Opens the file behind its last whole line: a process that was killed may have left half of one. */
  constructor(path: string) {
    this.#fd = openSync(path, 'a+');
    this.#length = endOfLastLine(this.#fd);
    this.#marked = this.#length;
    ftruncateSync(this.#fd, this.#length);
  }

  /** Takes a line with its newline. It is kept as it is: not a slice of something that is used again. */
  append(line: Uint8Array): void {
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    if (this.#waitingBytes >= BLOCK) this.#flush();
  }

  mark(): void {
    this.#marked = this.#length + this.#waitingBytes;
  }

  /** On return everything appended so far is on the disk and survives a loss of power. */
  sync(): void {
    this.#flush();
    if (this.#synced) return;
    fsyncSync(this.#fd);
    this.#synced = true;
  }

  /** Forgets what stands behind the last mark. */
  rollBack(): void {
    this.#flush();
    ftruncateSync(this.#fd, this.#marked);
    this.#length = this.#marked;
    this.#synced = false;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #flush(): void {
    let bytes: Uint8Array = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    while (bytes.length > 0) {
      const written = writeSync(this.#fd, bytes);
      this.#length += written;
      this.#synced = false;
      bytes = bytes.subarray(written);
    }
  }
}

function endOfLastLine(fd: number): number {
  const block = Buffer.alloc(BLOCK);
  for (let end = fstatSync(fd).size; end > 0; ) {
    const start = Math.max(0, end - BLOCK);
    const found = block.subarray(0, readSync(fd, block, 0, end - start, start)).lastIndexOf(0x0a);
    if (found !== -1) return start + found + 1;
    end = start;
  }
  return 0;
}
