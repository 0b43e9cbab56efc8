import { Buffer } from 'node:buffer';
import { MessageReader } from '../../protocol/message-reader.ts';

/** How far a process has come, by what it wrote to its stdout in whole lines. */
export interface Progress {
  readonly lines: number;
  readonly records: number;
  readonly states: number;
  /** Of whole lines, newlines included. */
  readonly bytes: number;
}

/** A point to wait for: the first of these numbers that is reached; `{}` is where it stands now. */
export type ProgressPoint = Partial<Progress>;

/** Counts the messages of an output while it comes. */
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
