import { Buffer } from 'node:buffer';
import { MessageReader } from '../../protocol/message-reader.ts';

/** A process's progress, measured by the whole lines on its stdout. */
export interface Progress {
  readonly lines: number;
  readonly records: number;
  readonly states: number;
  /** Bytes of whole lines, including newlines. */
  readonly bytes: number;
}

/** A point to wait for: the first of these numbers that is reached. `{}` is the current point. */
export type ProgressPoint = Partial<Progress>;

/** Counts the messages of an output as it arrives. */
export class ProgressCounter implements Progress {
  lines = 0;
  records = 0;
  states = 0;
  bytes = 0;
  readonly #reader = new MessageReader();
  #rest: Buffer = Buffer.alloc(0);

  add(chunk: Buffer): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let start = 0;
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
      const line = this.#reader.read(bytes, start, end);
      this.lines++;
      if (line.kind === 'record') this.records++;
      else if (line.kind === 'state') this.states++;
      start = end + 1;
    }
    this.bytes += start;
    this.#rest = bytes.subarray(start);
  }

  reached(point: ProgressPoint): boolean {
    const names = Object.keys(point) as Array<keyof Progress>;
    return names.length === 0 || names.some((name) => this[name] >= point[name]!);
  }
}
