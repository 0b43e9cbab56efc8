import type { Buffer } from 'node:buffer';
import type { Readable, Writable } from 'node:stream';
import type { Tally } from './tally.ts';

/** How the transfer ended. */
export interface Pumped {
  /** The source's last line was incomplete. */
  readonly cut: boolean;
  /** Something was sent to the destination. */
  readonly hasPassed: boolean;
}

/** Called during the transfer. */
export interface PumpHandlers {
  /** Once, when the destination takes no more. */
  onClosed(): void;
  /** After each chunk. */
  onChunk(): void;
  /** Bytes were sent to the destination, or it took bytes that were waiting. */
  onMoved(): void;
}

/** How many bytes may wait for a slow destination. They leave in one system call. */
const HIGH_WATER = 1 << 20;

/**
 * Moves a source's bytes to a destination, no faster than it takes them (invariant 8: at most
 * HIGH_WATER, a chunk or two and one line wait in memory). The destination's stdin stays open, so that the caller can
 * send it last messages. If the destination has exited, the rest is read and dropped, so that a draining source is not
 * blocked.
 */
export function pump(
  from: Readable,
  to: Writable,
  tally: Tally,
  { onClosed, onChunk, onMoved }: PumpHandlers,
): Promise<Pumped> {
  return new Promise((resolve, reject) => {
    let closed = false;
    let ended = false;
    let hasPassed = false;
    const close = () => {
      if (closed || ended) return;
      closed = true;
      onClosed();
      from.resume();
    };
    const send = (parts: readonly Buffer[]) => {
      if (closed || parts.length === 0) return;
      hasPassed = true;
      onMoved();
      // Corked, so that the parts of a chunk and everything that waits leave in one writev(2).
      to.cork();
      for (const part of parts) to.write(part);
      to.uncork();
      if (to.destroyed) close();
      else if (to.writableLength >= HIGH_WATER) from.pause();
    };
    if (to.destroyed) close();
    to.on('error', close);
    to.on('close', close);
    to.on('drain', () => {
      onMoved();
      from.resume();
    });

    from.on('data', (chunk: Buffer) => {
      try {
        const parts = tally.take(chunk);
        onChunk();
        send(parts);
      } catch (error) {
        from.destroy(error as Error);
      }
    });
    from.once('error', reject);
    from.once('close', () => {
      const { rest, cut } = tally.end();
      send(rest);
      // From here on the destination is expected to close. An error shows in its exit code.
      ended = true;
      resolve({ cut, hasPassed });
    });
  });
}
