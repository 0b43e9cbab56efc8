import { Buffer } from 'node:buffer';
import { write } from 'node:fs';

/** The reader of our output is gone (EPIPE). There is nobody to tell: end quietly, exit 1. */
export class OutputClosedError extends Error {
  constructor() {
    super('the reader of the output is gone');
    this.name = 'OutputClosedError';
  }
}

const CHUNK = 1 << 18;
/** Above so many bytes waiting, `ready` makes the caller wait (invariant 8). */
const HIGH_WATER = 4 * CHUNK;

/**
 * Writes bytes to a file descriptor in batches, off the main thread, in order. While one batch is on its
 * way the next one fills, so a slow reader makes batches bigger, not more. It copes with short writes and
 * with a descriptor that somebody made non-blocking (EAGAIN).
 */
export class FdWriter {
  readonly #fd: number;
  #filling = Buffer.allocUnsafeSlow(CHUNK);
  #filled = 0;
  #full: Buffer[] = [];
  #pending = 0;
  #pump: Promise<void> | undefined;
  #error: Error | undefined;
  /** Called once when a write fails; OutputClosedError where the reader has gone. */
  onError: ((error: Error) => void) | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Why writing has stopped, if it has. From then on everything given is dropped. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Takes over `bytes`: copied where they are small; the caller must not change them afterwards. */
  put(bytes: Uint8Array): void {
    const { length } = bytes;
    if (this.#filled + length > CHUNK) this.#seal();
    if (length > CHUNK) this.#full.push(asBuffer(bytes));
    else {
      this.#filling.set(bytes, this.#filled);
      this.#filled += length;
    }
    this.#pending += length;
    this.#pump ??= this.#run();
  }

  /** Undefined, or a promise to await before giving more. */
  ready(): Promise<void> | undefined {
    if (this.#pending <= HIGH_WATER || this.#error) return undefined;
    return this.#drainTo(HIGH_WATER / 2);
  }

  /** Resolves when everything given was taken by the system; throws what stopped it. */
  async flush(): Promise<void> {
    await this.#drainTo(0);
    if (this.#error) throw this.#error;
  }

  #waiting: Array<{ level: number; wake: () => void }> = [];

  #drainTo(level: number): Promise<void> {
    if (this.#pending <= level || this.#error) return Promise.resolve();
    return new Promise((wake) => this.#waiting.push({ level, wake }));
  }

  #seal(): void {
    if (this.#filled === 0) return;
    this.#full.push(this.#filling.subarray(0, this.#filled));
    this.#filling = Buffer.allocUnsafeSlow(CHUNK);
    this.#filled = 0;
  }

  async #run(): Promise<void> {
    // One turn of the loop later: what the caller puts meanwhile goes out in the same write.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      while (this.#pending > 0) {
        if (this.#full.length === 0) this.#seal();
        const batch = this.#full.shift()!;
        await this.#writeAll(batch);
        this.#pending -= batch.length;
        this.#wake();
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      this.#error = code === 'EPIPE' ? new OutputClosedError() : (error as Error);
      this.#full = [];
      this.#pending = 0;
      this.#wake();
      this.onError?.(this.#error);
    } finally {
      this.#pump = undefined;
    }
  }

  #wake(): void {
    this.#waiting = this.#waiting.filter(({ level, wake }) => {
      if (this.#pending > level && !this.#error) return true;
      wake();
      return false;
    });
  }

  async #writeAll(batch: Buffer): Promise<void> {
    let done = 0;
    for (let wait = 1; done < batch.length; ) {
      try {
        done += await new Promise<number>((resolve, reject) => {
          write(this.#fd, batch, done, batch.length - done, null, (error, n) =>
            error ? reject(error) : resolve(n),
          );
        });
        wait = 1;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
        await new Promise((resolve) => setTimeout(resolve, wait));
        wait = Math.min(wait * 2, 20);
      }
    }
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
