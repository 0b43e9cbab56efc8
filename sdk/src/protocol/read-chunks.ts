import { Buffer } from 'node:buffer';
import { fstatSync, read } from 'node:fs';
import { Socket } from 'node:net';
import { walkMemory } from './walk-memory.ts';

const BLOCK = 1 << 20;
/** The size of a pipe's buffer. One read never returns more, so more room is not needed. */
const LEAST = 1 << 16;
/** How many chunks may wait for their consumer before we stop reading (invariant 8). */
const MOST_WAITING = 8;

/** The size of the reused memory: it holds the waiting chunks, the two in use and the one being read. */
const RING = 1 << 22;
/** The largest chunk such that all of those fit. */
const MOST = RING / 16;

/** Memory for chunks, placed one after the other. */
interface Room {
  /** The space for the next bytes. */
  next(): Buffer;
  /** Marks `length` bytes of it as filled. */
  take(length: number): Buffer;
}

/** Never writes a byte twice, so a chunk is valid for as long as it is referenced. */
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

/** Reuses the same memory, in which WebAssembly can walk the JSON. */
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
 * Yields chunks of a file descriptor until its end, or until `signal` is aborted. Waiting for a pipe uses no
 * thread; otherwise a process that ends while the pipe is idle would hang until the writer does something.
 * @param memory `kept`: a chunk is valid for as long as the caller keeps it. `reused`: a chunk and the previous
 *   one are valid until the next is requested; not allocating some MB per second saves a tenth of the time.
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
