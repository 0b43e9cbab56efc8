import { type HeadraceError, oneLine, placed } from '../errors.ts';
import type { StreamOutput } from './stream-output.ts';

/** So many failed partitions are told one by one; a wrong token must not write ten thousand errors. */
const MOST_TOLD = 20;

/** Tells the failures of one stream: a TRACE ERROR with its descriptor for each, and one for the rest. */
export class FailureTeller {
  readonly #stream: string;
  readonly #output: StreamOutput;
  readonly errors: HeadraceError[] = [];

  constructor(stream: string, output: StreamOutput) {
    this.#stream = stream;
    this.#output = output;
  }

  /** @param part the key of the partition that failed, or what could not be listed; undefined: the stream itself */
  add(error: HeadraceError, part: string | undefined): void {
    this.errors.push(error);
    if (this.errors.length > MOST_TOLD) return;
    const where = part ? `${this.#stream} (${part})` : this.#stream;
    this.#output.error(error, `${where}: ${oneLine(error, where)}`);
  }

  /** The stream ended. */
  end(): void {
    const more = this.errors.length - MOST_TOLD;
    const last = this.errors.at(-1);
    if (more <= 0 || !last) return;
    this.#output.error(
      last,
      `${this.#stream}: ${more} partitions more failed; the last one: ${placed(last, this.#stream)}`,
    );
  }
}
