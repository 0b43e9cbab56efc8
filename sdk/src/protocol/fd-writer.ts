import { Buffer } from 'node:buffer';
import { write } from 'node:fs';

/** The reader of our output has gone (EPIPE). Nobody is left to tell: end quietly with exit code 1. */
export class OutputClosedError extends Error {
  constructor() {
    super('the reader of the output is gone');
    this.name = 'OutputClosedError';
  }
}

const CHUNK = 1 << 18;
/** If more bytes than this are waiting, `ready` makes the caller wait (invariant 8). */
const HIGH_WATER = 4 * CHUNK;
/** How many times to retry a full, non-blocking descriptor immediately before sleeping between attempts. */
const EAGER = 20;

/** Bytes being written. `own` is the buffer, if it is ours and can be reused. */
interface Batch {
  readonly buffer: Uint8Array;
  readonly length: number;
  readonly own: Buffer<ArrayBuffer> | undefined;
}

/**
 * Writes bytes to a file descriptor in batches, in order, off the main thread. While one batch is being written
 * the next one fills, so a slow reader makes batches larger, not more numerous. Handles short writes, and a
 * descriptor that another process made non-blocking (EAGAIN).
 */
export class FdWriter {
  readonly #fd: number;
  #filling = Buffer.allocUnsafeSlow(CHUNK);
  #filled = 0;
  #full: Batch[] = [];
  /** Buffers to reuse. New ones would cost page faults each time. */
  readonly #free: Array<Buffer<ArrayBuffer>> = [];
  #pending = 0;
  #running = false;
  #error: Error | undefined;
  #waiting: Array<{ level: number; wake: () => void }> = [];
  /** Called once if a write fails, with an OutputClosedError if the reader has gone. */
  onError: ((error: Error) => void) | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** The error that stopped writing, if any. After it, all further output is dropped. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Takes ownership of `bytes`. Small ones are copied; otherwise the caller must not change them afterwards. */
  put(bytes: Uint8Array): void {
    const { length } = bytes;
    if (length <= CHUNK) {
      const at = this.claim(length);
      this.#filling.set(bytes, at);
      return;
    }
    if (this.#error) return;
    this.#seal();
    this.#full.push({ buffer: bytes, length, own: undefined });
    this.#pending += length;
    this.#start();
  }

  /** The buffer being filled. The range returned by `claim` may be written to until the next call. */
  get filling(): Uint8Array {
    return this.#filling;
  }

  /**
   * Reserves `length` bytes (at most MOST) and returns their offset in `filling`. The caller must fill them at
   * once. For callers that join a line from parts.
   */
  claim(length: number): number {
    // After an error, all output goes into one buffer that is never written.
    if (this.#error) return 0;
    if (this.#filled + length > CHUNK) this.#seal();
    const at = this.#filled;
    this.#filled += length;
    this.#pending += length;
    if (!this.#running) this.#start();
    return at;
  }

  /** Undefined, or a promise to await before writing more. */
  ready(): Promise<void> | undefined {
    if (this.#pending <= HIGH_WATER || this.#error) return undefined;
    return this.#drainTo(HIGH_WATER / 2);
  }

  /** Resolves when the operating system has taken everything. Throws the error that stopped writing. */
  async flush(): Promise<void> {
    await this.#drainTo(0);
    if (this.#error) throw this.#error;
  }

  #drainTo(level: number): Promise<void> {
    if (this.#pending <= level || this.#error) return Promise.resolve();
    return new Promise((wake) => this.#waiting.push({ level, wake }));
  }

  #seal(): void {
    if (this.#filled === 0) return;
    this.#full.push({ buffer: this.#filling, length: this.#filled, own: this.#filling });
    this.#filling = this.#free.pop() ?? Buffer.allocUnsafeSlow(CHUNK);
    this.#filled = 0;
  }

  #start(): void {
    if (this.#running || this.#error) return;
    this.#running = true;
    // Wait one turn of the event loop, so that everything put in this turn goes out in the same write.
    setImmediate(() => this.#next());
  }

  #next(): void {
    if (this.#full.length === 0) this.#seal();
    const batch = this.#full.shift();
    if (batch) this.#write(batch, 0, 0);
    else this.#running = false;
  }

  #write(batch: Batch, done: number, refused: number): void {
    write(this.#fd, batch.buffer, done, batch.length - done, null, (error, written) => {
      if (error?.code === 'EAGAIN') this.#later(batch, done, refused + 1);
      else if (error) this.#fail(error);
      else if (done + written < batch.length) this.#write(batch, done + written, 0);
      else {
        if (batch.own && this.#free.length < 4) this.#free.push(batch.own);
        this.#pending -= batch.length;
        this.#next();
        this.#wake();
      }
    });
  }

  /**
   * Node cannot wait for a bare descriptor to become writable. So retry: first immediately, then every 1 to 20 ms.
   */
  #later(batch: Batch, done: number, refused: number): void {
    const again = () => this.#write(batch, done, refused);
    if (refused <= EAGER) setImmediate(again);
    else setTimeout(again, Math.min(refused - EAGER, 20));
  }

  #fail(error: NodeJS.ErrnoException): void {
    this.#error = error.code === 'EPIPE' ? new OutputClosedError() : error;
    this.#full = [];
    this.#filled = 0;
    this.#pending = 0;
    this.#running = false;
    this.#wake();
    this.onError?.(this.#error);
  }

  #wake(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ level }) => this.#pending > level && !this.#error);
    for (const { level, wake } of waiting) if (this.#pending <= level || this.#error) wake();
  }
}

/** The largest `length` for `FdWriter.claim`. */
export const MOST = CHUNK;
