import { Buffer } from 'node:buffer';
import { jsonWalkWasm } from './json-walk-wasm.ts';

type Skip = (start: number, end: number) => number;

interface Exports {
  readonly skipValue: Skip;
  readonly skipRecord: (headLength: number, start: number, end: number) => number;
}

/** The part of the WebAssembly global that we use. @types/node does not declare it as a value. */
interface WebAssemblyApi {
  Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: Exports };
}
const api = (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;

const PAGE = 1 << 16;
/** The area in which the walk expects the head of a line, and its largest size. */
const HEAD = 1024;
const SHORTEST_HEAD = 16;
const LONGEST_HEAD = 1024;

/**
 * The walk of json-bytes.ts in WebAssembly, over the memory that it was created with. Positions count from the
 * start of the whole buffer. It only ever confirms: a result of 0 means that the JavaScript walk must decide. That
 * happens for invalid or very deep text, for line breaks in white space, and if the text ends after the value.
 */
export class FastWalk {
  /**
   * Checks the value at `start` in a text that ends before `end` with `}` or `]`. Returns the position after it,
   * or 0.
   */
  readonly skipValue: Skip;
  readonly #exports: Exports;
  readonly #headPlace: Uint8Array;
  #head: Uint8Array | undefined;

  constructor(exports: Exports, memory: ArrayBuffer) {
    this.#exports = exports;
    this.skipValue = exports.skipValue;
    this.#headPlace = new Uint8Array(memory, HEAD, LONGEST_HEAD);
  }

  /** Checks a line that consists of `head`, one value and `}}`. Returns the position after the value, or 0. */
  skipRecord(head: Uint8Array, start: number, end: number): number {
    const { length } = head;
    if (length < SHORTEST_HEAD || length > LONGEST_HEAD) return 0;
    if (head !== this.#head) {
      this.#headPlace.set(head);
      this.#head = head;
    }
    return this.#exports.skipRecord(length, start, end);
  }
}

const walks = new WeakMap<ArrayBufferLike, FastWalk>();
let compiled: object | undefined;

/**
 * Allocates memory whose texts WebAssembly can walk, three times as fast. Returns an ordinary buffer if this Node
 * has no WebAssembly (`--jitless`) or the system does not provide the address space.
 */
export function walkMemory(length: number): Buffer {
  if (!api) return Buffer.allocUnsafeSlow(length);
  try {
    // The page before the texts belongs to the walk itself. It may read a few bytes past the texts.
    const pages = 2 + Math.ceil(length / PAGE);
    const memory = new api.Memory({ initial: pages, maximum: pages });
    compiled ??= new api.Module(Buffer.from(jsonWalkWasm, 'base64'));
    const { exports } = new api.Instance(compiled, { env: { memory } });
    walks.set(memory.buffer, new FastWalk(exports, memory.buffer));
    return Buffer.from(memory.buffer, PAGE, length);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return Buffer.allocUnsafeSlow(length);
  }
}

/** The walk of a buffer made by `walkMemory`; undefined for any other buffer. */
export function walkOf(buffer: ArrayBufferLike): FastWalk | undefined {
  return walks.get(buffer);
}

/** Longer texts are not copied, because a copy would double the memory of a page (invariant 8). */
const LONGEST_COPY = 1 << 24;
let scratch: Buffer = Buffer.alloc(0);
let copied: object | undefined;

/**
 * Copies a text to memory that can be walked. The copy lasts until the next one is made; `holdsCopy(owner)` says
 * whether it is still there. Returns undefined if the text cannot be copied.
 * @returns the walk, and the offset to add to positions
 */
export function walkCopy(
  owner: object,
  bytes: Uint8Array,
  start: number,
  end: number,
): { walk: FastWalk; shift: number } | undefined {
  const length = end - start;
  if (length > LONGEST_COPY) return undefined;
  if (length > scratch.length) scratch = walkMemory(2 ** Math.ceil(Math.log2(length)));
  const walk = walkOf(scratch.buffer);
  if (!walk) return undefined;
  scratch.set(bytes.subarray(start, end));
  copied = owner;
  return { walk, shift: scratch.byteOffset - start };
}

export function holdsCopy(owner: object): boolean {
  return copied === owner;
}
