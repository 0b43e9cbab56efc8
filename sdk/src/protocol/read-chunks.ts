import { Buffer } from 'node:buffer';
import { fstatSync, read } from 'node:fs';
import { Socket } from 'node:net';

const BLOCK = 1 << 20;
/** What a pipe holds: a read gives no more, so no more room is needed. */
const LEAST = 1 << 16;
/** Chunks that may wait for their reader before we stop taking more (invariant 8). */
const MOST_WAITING = 8;

/**
 * Memory for what is read: chunks lie one behind the other in blocks of 1 MiB, and no byte is written
 * twice, so a chunk is valid for as long as somebody keeps it.
 */
class Blocks {
  #block = Buffer.allocUnsafeSlow(BLOCK);
  #used = 0;

  /** Where the next bytes go. */
  room(): Buffer {
    if (BLOCK - this.#used < LEAST) {
      this.#block = Buffer.allocUnsafeSlow(BLOCK);
      this.#used = 0;
    }
    return this.#block.subarray(this.#used);
  }

  /** The first `length` bytes of the room were filled. */
  take(length: number): Buffer {
    this.#used += length;
    return this.#block.subarray(this.#used - length, this.#used);
  }
}

/**
 * Chunks of a file descriptor until its end, or until `signal` says to stop. A pipe is waited for without a
 * thread: a process that ends while nothing comes would otherwise hang until its writer does something.
 */
export function readChunks(fd: number, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const kind = fstatSync(fd);
  return kind.isFIFO() || kind.isSocket() ? pipeChunks(fd, signal) : fileChunks(fd, signal);
}

async function* fileChunks(fd: number, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const blocks = new Blocks();
  while (!signal?.aborted) {
    const room = blocks.room();
    const length = await new Promise<number>((resolve, reject) => {
      read(fd, room, 0, room.length, null, (error, length) => {
        if (error && error.code !== 'EOF') reject(error);
        else resolve(error ? 0 : length);
      });
    });
    if (length === 0) return;
    yield blocks.take(length);
  }
}

async function* pipeChunks(fd: number, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const blocks = new Blocks();
  const waiting: Buffer[] = [];
  let ended = false;
  let failure: Error | undefined;
  let wake = () => {};
  const onread = {
    buffer: () => blocks.room(),
    callback: (length: number) => {
      waiting.push(blocks.take(length));
      wake();
      return waiting.length < MOST_WAITING;
    },
  };
  const end = () => {
    ended = true;
    wake();
  };
  // `onread.buffer` may be a function: https://nodejs.org/api/net.html#new-netsocketoptions
  const socket = new Socket({ fd, readable: true, writable: false, onread } as ConstructorParameters<
    typeof Socket
  >[0]);
  socket.on('end', end);
  socket.on('close', end);
  socket.on('error', (error) => {
    failure = error;
    end();
  });
  signal?.addEventListener('abort', end);
  socket.resume();
  try {
    while (!signal?.aborted) {
      const chunk = waiting.shift();
      if (chunk) {
        yield chunk;
        continue;
      }
      if (failure) throw failure;
      if (ended) return;
      const more = new Promise<void>((resolve) => {
        wake = resolve;
      });
      socket.resume();
      await more;
    }
  } finally {
    signal?.removeEventListener('abort', end);
    socket.destroy();
  }
}
