import { Buffer } from 'node:buffer';
import { fstatSync, read } from 'node:fs';
import { Socket } from 'node:net';
import { walkMemory } from './walk-memory.ts';

const BLOCK = 1 << 20;
/** What a pipe holds: a read gives no more, so no more room is needed. */
const LEAST = 1 << 16;
/** Chunks that may wait for their reader before we stop taking more (invariant 8). */
const MOST_WAITING = 8;

/** Of memory that is used again: chunks that wait, the two that are in use and the one that is being read. */
const RING = 1 << 22;
/** So that all of those fit in. */
const MOST = RING / 16;

/** Where chunks lie, one behind the other. */
interface Room {
  /** Where the next bytes go. */
  next(): Buffer;
  /** So many of them were filled. */
  take(length: number): Buffer;
}

/** No byte is written twice, so a chunk is valid for as long as somebody keeps it. */
function keptRoom(): Room {
  let block = Buffer.alloc(0);
  let used = 0;
  return {
    next() {
      if (block.length - used < LEAST) {
        block = Buffer.allocUnsafeSlow(BLOCK);
        used = 0;
      }
      return block.subarray(used);
    },
    take(length) {
      used += length;
      return block.subarray(used - length, used);
    },
  };
}

/** The same memory again and again, where WebAssembly can walk the JSON in it. */
function reusedRoom(): Room {
  const ring = walkMemory(RING);
  let used = 0;
  return {
    next() {
      if (RING - used < MOST) used = 0;
      return ring.subarray(used, used + MOST);
    },
    take(length) {
      used += length;
      return ring.subarray(used - length, used);
    },
  };
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
  const room = memory === 'reused' ? reusedRoom() : keptRoom();
  return kind.isFIFO() || kind.isSocket() ? pipeChunks(fd, room, signal) : fileChunks(fd, room, signal);
}

async function* fileChunks(fd: number, room: Room, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  while (!signal?.aborted) {
    const free = room.next();
    const length = await new Promise<number>((resolve, reject) => {
      read(fd, free, 0, free.length, null, (error, length) => {
        if (error && error.code !== 'EOF') reject(error);
        else resolve(error ? 0 : length);
      });
    });
    if (length === 0) return;
    yield room.take(length);
  }
}

async function* pipeChunks(fd: number, room: Room, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const waiting: Buffer[] = [];
  let ended = false;
  let failure: Error | undefined;
  let wake = () => {};
  const onread = {
    buffer: () => room.next(),
    callback: (length: number) => {
      waiting.push(room.take(length));
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
