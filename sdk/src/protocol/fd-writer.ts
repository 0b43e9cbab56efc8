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
/** How often a full, non-blocking descriptor is asked again at once before we sleep between the attempts. */
const EAGER = 20;

/** Bytes on their way out. `own`: the buffer, where it is ours to be filled again. */
interface Batch {
  readonly buffer: Uint8Array;
  readonly length: number;
  readonly own: Buffer<ArrayBuffer> | undefined;
}

/**
 * Writes bytes to a file descriptor in batches, off the main thread, in order. While one batch is on its
 * way the next one fills, so a slow reader makes batches bigger, not more. It copes with short writes and
 * with a descriptor that somebody made non-blocking (EAGAIN).
 */
export class FdWriter {
  readonly #fd: number;
  #filling = Buffer.allocUnsafeSlow(CHUNK);
  #filled = 0;
  #full: Batch[] = [];
  /** Written buffers: new ones would cost their page faults again and again. */
  readonly #free: Array<Buffer<ArrayBuffer>> = [];
  #pending = 0;
  #running = false;
  #error: Error | undefined;
  #waiting: Array<{ level: number; wake: () => void }> = [];
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

  /** The buffer that fills now: what `claim` gave may be written to, until the next call. */
  get filling(): Uint8Array {
    return this.#filling;
  }

  /**
   * The offset in `filling` of `length` bytes (at most MOST) that the caller fills at once: for a caller
   * that joins a line from parts.
   */
  claim(length: number): number {
    // After an error everything lands in one buffer that nobody writes.
    if (this.#error) return 0;
    if (this.#filled + length > CHUNK) this.#seal();
    const at = this.#filled;
    this.#filled += length;
    this.#pending += length;
    if (!this.#running) this.#start();
    return at;
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
    // One turn of the loop later: what the caller puts meanwhile goes out in the same write.
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

  /** Node cannot wait for a descriptor of which it has only the number: asked at once, then every 1 to 20 ms. */
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

/** The most bytes that `FdWriter.claim` gives at a time. */
export const MOST = CHUNK;
