import { type HeadraceError, oneLine, placed } from '../errors.ts';
import type { StreamOutput } from './stream-output.ts';

/** This many failures are reported one by one, so that a wrong token does not write ten thousand errors. */
const MOST_TOLD = 20;

/** Reports the failures of a stream: a TRACE ERROR for each, and one for the rest. */
export class FailureTeller {
  readonly #stream: string;
  readonly #output: StreamOutput;
  readonly errors: HeadraceError[] = [];

  constructor(stream: string, output: StreamOutput) {
    this.#stream = stream;
    this.#output = output;
  }

  /** @param part the key of the failed partition, or what could not be listed; undefined: the stream itself */
  add(error: HeadraceError, part: string | undefined): void {
    this.errors.push(error);
    if (this.errors.length > MOST_TOLD) return;
    const where = part ? `${this.#stream} (${part})` : this.#stream;
    this.#output.error(error, `${where}: ${oneLine(error, where)}`);
  }

  /** The stream ended: reports the rest. */
  end(): void {
    const more = this.errors.length - MOST_TOLD;
    const last = this.errors.at(-1);
    if (more <= 0 || !last) return;
    this.#output.error(
      last,
      `${this.#stream}: ${more} more partitions failed; the last one: ${placed(last, this.#stream)}`,
    );
  }
}
