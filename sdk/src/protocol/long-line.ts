import { Buffer } from 'node:buffer';
import { brokenLine, type ForeignLine, type UnreadableLine } from './broken-line.ts';
import { OPEN_BRACE } from './json-bytes.ts';
import { inMib, KEPT_OF_TOO_LONG } from './limits.ts';

/** A line that is too long to be held, as it goes by: its beginning and its end are kept (invariant 8). */
export class LongLine {
  readonly #beginning: Buffer;
  #end: Buffer;

  /** @param parts what was held of it so far */
  constructor(parts: readonly Buffer[]) {
    const held = Buffer.concat(parts);
    this.#beginning = Buffer.from(held.subarray(0, KEPT_OF_TOO_LONG));
    this.#end = Buffer.from(held.subarray(KEPT_OF_TOO_LONG).subarray(-KEPT_OF_TOO_LONG));
  }

  add(bytes: Buffer): void {
    this.#end = Buffer.from(
      bytes.length >= KEPT_OF_TOO_LONG
        ? bytes.subarray(-KEPT_OF_TOO_LONG)
        : Buffer.concat([this.#end, bytes]).subarray(-KEPT_OF_TOO_LONG),
    );
  }

  /** What is left of it. */
  kept(): Buffer {
    return Buffer.concat([this.#beginning, this.#end]);
  }
}

/**
 * What a line was of which only this is left. What begins like a message and does not say what it is may have been
 * a record: nobody may pass over it (invariant 5).
 * @param kept as LongLine has it
 * @param longest bytes
 */
export function tooLongLine(kept: Buffer, longest: number): ForeignLine | UnreadableLine {
  const reason = `a line longer than ${inMib(longest)}`;
  const told = brokenLine(kept, reason);
  if (told.kind !== 'foreign' || kept[0] !== OPEN_BRACE) return told;
  return { kind: 'unreadable', line: kept, reason, lost: { records: 1, states: 0, streams: [] } };
}
