import type { StreamLog } from './stream-log.ts';

/** An unfinished zstd frame uses some MB (invariant 8), and a run may have thousands of streams. */
const MOST = 32;

/** The streams with an open frame. If there are too many, the one that was unused longest ends its file. */
export class OpenFrames {
  /** By last use, oldest first. */
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
