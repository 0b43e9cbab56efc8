import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  InvalidJsonError,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipValue,
} from './json-bytes.ts';
import { type FastWalk, holdsCopy, walkCopy, walkOf } from './walk-memory.ts';

const NO_BYTES = new Uint8Array(0);
const NO_WORDS = new Int32Array(0);
/** In bytes. From this length on, copying a text costs less than a tenth of what the faster walk saves. */
const WORTH_A_COPY = 1 << 10;
const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/**
 * One JSON text inside its buffer, prepared for the walk in json-bytes.ts. Positions count from the start of the
 * whole buffer. So words are aligned at multiples of four for any slice, and hot functions only ever see plain
 * arrays. Values are read from the original text; a copy of a long text is only used for walking. The owner reuses
 * one instance for many texts.
 */
export class JsonText {
  /** All bytes of the buffer that contains the text. */
  bytes: Uint8Array = NO_BYTES;
  /** The same bytes as words, without an incomplete last word. */
  words: Int32Array = NO_WORDS;
  /** Where the given bytes begin in the buffer. */
  base = 0;
  /** The first byte of the text that is not white space, and the position after the last one. */
  start = 0;
  end = 0;
  /** The last quote of the text that lies in a complete word, or -1. */
  lastQuote = -1;
  /** False if the text is just a string, a number, true, false or null. */
  isContainer = false;
  /** The faster walk for this memory, if it has one. */
  walk: FastWalk | undefined;
  /** The faster walk for a copy of the text; its positions are higher by `#shift`. */
  #copyWalk: FastWalk | undefined;
  #shift = 0;

  /** Opens the text `[start, end)` of `given`. Throws InvalidJsonError if it is empty or cut off. */
  open(given: Uint8Array, start: number, end: number): void {
    this.view(given);
    const b = this.bytes;
    let from = this.base + start;
    let to = this.base + end;
    while (to > from && isSpace(b[to - 1]!)) to--;
    while (from < to && isSpace(b[from]!)) from++;
    if (from === to) throw new InvalidJsonError(from, 'nothing but white space');
    this.start = from;
    this.end = to;
    const first = b[from]!;
    const last = b[to - 1]!;
    this.isContainer = first === OPEN_BRACE || first === OPEN_BRACKET;
    if (!this.isContainer) return;
    if (last !== CLOSE_BRACE && last !== CLOSE_BRACKET)
      throw new InvalidJsonError(to, 'it does not end with } or ]');
    let quote = Math.min(to, this.words.length << 2) - 1;
    while (quote > from && b[quote] !== QUOTE) quote--;
    this.lastQuote = quote > from ? quote : -1;
    this.#copyWalk = undefined;
    if (this.walk || to - from < WORTH_A_COPY) return;
    const copy = walkCopy(this, b, from, to);
    this.#copyWalk = copy?.walk;
    this.#shift = copy?.shift ?? 0;
  }

  /**
   * Checks the value whose first byte is at `i`, and returns the position after it.
   * @throws InvalidJsonError if JSON.parse would throw a SyntaxError
   */
  skipValue(i: number): number {
    const behind = this.#fastSkip(i);
    return behind === 0 ? skipValue(this.bytes, this.words, i, this.end, this.lastQuote) : behind;
  }

  /** The position after the value if the faster walk accepts it, otherwise 0. */
  #fastSkip(i: number): number {
    if (this.walk !== undefined) return this.walk.skipValue(i, this.end);
    if (this.#copyWalk === undefined || !holdsCopy(this)) return 0;
    const behind = this.#copyWalk.skipValue(i + this.#shift, this.end + this.#shift);
    return behind === 0 ? 0 : behind - this.#shift;
  }

  /** Releases the buffer. */
  close(): void {
    this.bytes = NO_BYTES;
    this.words = NO_WORDS;
    this.walk = undefined;
  }

  /** Switches to the buffer of `given`, without opening a text in it. */
  view({ buffer, byteOffset }: Uint8Array): void {
    this.base = byteOffset;
    if (buffer === this.bytes.buffer) return;
    this.bytes = new Uint8Array(buffer);
    // A big-endian machine uses no words and checks every string byte by byte.
    this.words = LITTLE_ENDIAN ? new Int32Array(buffer, 0, buffer.byteLength >> 2) : NO_WORDS;
    this.walk = walkOf(buffer);
  }
}

function isSpace(c: number): boolean {
  return c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09;
}
