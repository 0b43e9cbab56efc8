import { Buffer } from 'node:buffer';
import { fstatSync, read } from 'node:fs';
import { Socket } from 'node:net';

const BLOCK = 1 << 20;
/** What a pipe holds: a read gives no more, so no more room is needed. */
const LEAST = 1 << 16;
/** Chunks that may wait for their reader before we stop taking more (invariant 8). */
const MOST_WAITING = 8;

/** Of blocks that are used again: the one that is read from, those that may wait behind it, and one more. */
const RING = 4;

/**
 * Memory for what is read: chunks lie one behind the other in blocks of 1 MiB. Either no byte is written twice,
 * so a chunk is valid for as long as somebody keeps it, or a few blocks take turns.
 */
class Blocks {
  #block: Buffer = Buffer.allocUnsafeSlow(BLOCK);
  #used = 0;
  readonly #ring: Buffer[] | undefined;
  #turn = 0;

  constructor(reused: boolean) {
    if (reused) this.#ring = [this.#block];
  }

  /** Where the next bytes go. */
  room(): Buffer {
    if (BLOCK - this.#used < LEAST) {
      this.#block = this.#next();
      this.#used = 0;
    }
    return this.#block.subarray(this.#used);
  }

  #next(): Buffer {
    if (!this.#ring) return Buffer.allocUnsafeSlow(BLOCK);
    this.#turn = (this.#turn + 1) % RING;
    this.#ring[this.#turn] ??= Buffer.allocUnsafeSlow(BLOCK);
    return this.#ring[this.#turn]!;
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
 * @param memory `kept`: a chunk is valid for as long as the caller keeps it. `reused`: it and the one before it
 *   are, until the next one is asked for; some MB of fresh memory a second are worth a tenth of the time.
 */
export function readChunks(
  fd: number,
  signal?: AbortSignal,
  memory: 'kept' | 'reused' = 'kept',
): AsyncGenerator<Buffer> {
  const kind = fstatSync(fd);
  const blocks = new Blocks(memory === 'reused');
  return kind.isFIFO() || kind.isSocket() ? pipeChunks(fd, blocks, signal) : fileChunks(fd, blocks, signal);
}

async function* fileChunks(
  fd: number,
  blocks: Blocks,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
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

async function* pipeChunks(
  fd: number,
  blocks: Blocks,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
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
