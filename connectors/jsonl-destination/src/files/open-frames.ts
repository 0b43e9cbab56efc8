import type { StreamLog } from './stream-log.ts';

/** An unfinished zstd frame holds some MB (invariant 8); a run may have thousands of streams. */
const MOST = 32;

/** The streams that have a frame open: where there are too many, the one that waited longest ends its file. */
export class OpenFrames {
  /** In the order of use, oldest first. */
  readonly #logs = new Set<StreamLog>();

  used(log: StreamLog): void {
    this.#logs.delete(log);
    this.#logs.add(log);
    if (this.#logs.size <= MOST) return;
    const [oldest] = this.#logs;
    this.#logs.delete(oldest!);
    oldest!.seal();
  }
}
