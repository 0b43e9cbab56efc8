import type { Buffer } from 'node:buffer';
import type { Readable, Writable } from 'node:stream';
import type { Tally } from './tally.ts';

/** What became of the bytes. */
export interface Pumped {
  /** The source's last line was not whole. */
  readonly cut: boolean;
}

/** So much may wait for a slow destination: what has piled up leaves in one system call. */
const HIGH_WATER = 1 << 20;

/**
 * Moves a source's bytes to a destination, never faster than it takes them (invariant 8: what waits in
 * memory is at most HIGH_WATER, a chunk or two and one line). The destination's stdin stays open: whoever
 * called decides what it hears last. Once the destination has gone, the rest is read and dropped, so that a
 * draining source is not held up.
 * @param onClosed called once when the destination takes no more
 * @param onChunk called after each chunk
 */
export async function pump(
  from: Readable,
  to: Writable,
  tally: Tally,
  onClosed: () => void,
  onChunk: () => void,
): Promise<Pumped> {
  let closed = false;
  let wake: (() => void) | undefined;
  const close = () => {
    if (closed) return;
    closed = true;
    onClosed();
    wake?.();
  };
  to.on('error', close);
  to.on('close', close);
  to.on('drain', () => wake?.());

  const send = async (parts: readonly Buffer[]): Promise<void> => {
    if (closed || parts.length === 0) return;
    // Corked: the parts of a chunk, and what the destination let pile up, leave in one writev(2).
    to.cork();
    for (const part of parts) to.write(part);
    to.uncork();
    if (to.destroyed) close();
    if (closed || to.writableLength < HIGH_WATER) return;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
    wake = undefined;
  };

  for await (const chunk of from as AsyncIterable<Buffer>) {
    const parts = tally.take(chunk);
    onChunk();
    await send(parts);
  }
  const { rest, cut } = tally.end();
  await send(rest);
  // From here on its closing is what is expected; an error after this is seen in how it exits.
  closed = true;
  return { cut };
}
