import type { Buffer } from 'node:buffer';
import type { Readable, Writable } from 'node:stream';
import type { Tally } from './tally.ts';

/** What became of the bytes. */
export interface Pumped {
  /** The source's last line was not whole. */
  readonly cut: boolean;
  /** Anything at all went to the destination. */
  readonly hasPassed: boolean;
}

/** What is told on the way. */
export interface PumpHandlers {
  /** Once, when the destination takes no more. */
  onClosed(): void;
  /** After each chunk. */
  onChunk(): void;
  /** Something goes to the destination, or it takes what has waited for it. */
  onMoved(): void;
}

/** So much may wait for a slow destination: what has piled up leaves in one system call. */
const HIGH_WATER = 1 << 20;

/**
 * Moves a source's bytes to a destination, never faster than it takes them (invariant 8: what waits in
 * memory is at most HIGH_WATER, a chunk or two and one line). The destination's stdin stays open: whoever
 * called decides what it hears last. Once the destination has gone, the rest is read and dropped, so that a
 * draining source is not held up.
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
      // Corked: the parts of a chunk leave together, and what has piled up meanwhile in one writev(2).
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
      // From here on the destination's closing is what is expected; an error shows in how it exits.
      ended = true;
      resolve({ cut, hasPassed });
    });
  });
}
