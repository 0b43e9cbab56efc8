import { Buffer } from 'node:buffer';
import { jsonWalkWasm } from './json-walk-wasm.ts';

type Skip = (start: number, end: number) => number;

interface Exports {
  readonly skipValue: Skip;
  readonly skipRecord: (headLength: number, start: number, end: number) => number;
}

/** What is used of the global of that name, which @types/node does not declare as a value. */
interface WebAssemblyApi {
  Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: Exports };
}
const api = (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;

const PAGE = 1 << 16;
/** Where the walk looks for the head of a line, and how long it may be. */
const HEAD = 1024;
const SHORTEST_HEAD = 16;
const LONGEST_HEAD = 1024;

/**
 * The walk of json-bytes.ts in WebAssembly, over the memory that it was made with. Positions count from the start
 * of the whole buffer. It only ever says yes: 0 leaves the judgement to the other walk, for what is not valid, very
 * deep, has a line break in its white space, or for a text that is over behind the value.
 */
export class FastWalk {
  /** Checks the value at `start` of a text that ends before `end` with `}` or `]`: the position behind it, or 0. */
  readonly skipValue: Skip;
  readonly #exports: Exports;
  readonly #headPlace: Uint8Array;
  #head: Uint8Array | undefined;

  constructor(exports: Exports, memory: ArrayBuffer) {
    this.#exports = exports;
    this.skipValue = exports.skipValue;
    this.#headPlace = new Uint8Array(memory, HEAD, LONGEST_HEAD);
  }

  /** Checks a line that is `head`, one value and `}}`: the position behind the value, or 0. */
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
 * Memory whose texts are walked by WebAssembly, three times as fast. An ordinary buffer where this Node has no
 * WebAssembly (`--jitless`) or the system does not give the address space that it takes.
 */
export function walkMemory(length: number): Buffer {
  if (!api) return Buffer.allocUnsafeSlow(length);
  try {
    // A page before the texts is the walk's own; it may look a few bytes behind them.
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

/** The walk of a buffer that `walkMemory` made; undefined for any other. */
export function walkOf(buffer: ArrayBufferLike): FastWalk | undefined {
  return walks.get(buffer);
}

/** Longer texts are not copied: they would double what a page takes (invariant 8). */
const LONGEST_COPY = 1 << 24;
let scratch: Buffer = Buffer.alloc(0);
let copied: object | undefined;

/**
 * Copies a text to where it can be walked, until the next one is copied: `holdsCopy(owner)` says whether it is still
 * there. Undefined where that cannot be.
 * @returns the walk, and by how much its positions are higher
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
