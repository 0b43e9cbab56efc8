import { Buffer } from 'node:buffer';
import { brokenLine, type ForeignLine, type UnreadableLine } from './broken-line.ts';
import { OPEN_BRACE } from './json-bytes.ts';
import { inMib, KEPT_OF_TOO_LONG } from './limits.ts';

/** Keeps only the beginning and the end of a line that is too long to hold (invariant 8). */
export class LongLine {
  readonly #beginning: Buffer;
  #end: Buffer;

  /** @param parts the parts of the line received so far */
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

  /** The bytes that were kept. */
  kept(): Buffer {
    return Buffer.concat([this.#beginning, this.#end]);
  }
}

/**
 * Classifies a line that was too long to hold. If it begins like a message but its type is not visible, it may
 * have been a record and must not be ignored (invariant 5).
 * @param kept as returned by LongLine
 * @param longest bytes
 */
export function tooLongLine(kept: Buffer, longest: number): ForeignLine | UnreadableLine {
  const reason = `a line longer than ${inMib(longest)}`;
  const told = brokenLine(kept, reason);
  if (told.kind !== 'foreign' || kept[0] !== OPEN_BRACE) return told;
  return { kind: 'unreadable', line: kept, reason, lost: { records: 1, states: 0, streams: [] } };
}
