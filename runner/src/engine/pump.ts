import type { Buffer } from 'node:buffer';
import type { Readable, Writable } from 'node:stream';
import type { Tally } from './tally.ts';

/** What became of the bytes. */
export interface Pumped {
  /** The source's last line was not whole. */
  readonly cut: boolean;
}

/**
 * Moves a source's bytes to a destination, never faster than it takes them (invariant 8: what waits in
 * memory is at most the two high-water marks and one line). The destination's stdin stays open: whoever
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
    if (!closed) onClosed();
    closed = true;
    wake?.();
  };
  to.on('error', close);
  to.on('close', close);
  to.on('drain', () => wake?.());

  const send = async (parts: readonly Buffer[]): Promise<void> => {
    if (closed || parts.length === 0) return;
    // Corked: the parts of a chunk, and what the destination let pile up, leave in one writev(2).
    to.cork();
    let free = true;
    for (const part of parts) free = to.write(part);
    to.uncork();
    if (free || closed) return;
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
  return { cut };
}
