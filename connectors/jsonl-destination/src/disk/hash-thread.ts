import { Worker } from 'node:worker_threads';
import type { FileHash } from './file-hash.ts';

/** Some bytes of a file, or, without bytes, a request for its hash. Answered in order. */
export interface Request {
  readonly file: number;
  readonly bytes?: Uint8Array;
}
export interface Answer {
  readonly file: number;
  readonly sha256?: string;
}

interface Waiting {
  readonly done: (sha256: string) => void;
  readonly failed: (error: Error) => void;
}

/** One thread for all files: hashing in parallel with the checks of records saves a third of an uncompressed run. */
class HashThread {
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];
  /** Why the thread has ended. */
  #failure: Error | undefined;

  constructor() {
    // The source file in tests, the built file in a bundle.
    const file = import.meta.url.endsWith('.ts') ? '../hash-worker.ts' : './hash-worker.js';
    this.#worker = new Worker(new URL(file, import.meta.url));
    this.#worker.unref();
    this.#worker.on('message', ({ sha256 = '' }: Answer) => this.#next()?.done(sha256));
    const fail = (error: Error): void => {
      this.#failure ??= error;
      for (let one = this.#next(); one; one = this.#next()) one.failed(error);
    };
    this.#worker.on('error', fail);
    this.#worker.on('exit', () => fail(new Error('the thread that hashes files has ended')));
  }

  ask(request: Request): Promise<string> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((done, failed) => {
      // It keeps the process alive only while somebody waits.
      this.#worker.ref();
      this.#waiting.push({ done, failed });
      this.#worker.postMessage(request);
    });
  }

  #next(): Waiting | undefined {
    const next = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#worker.unref();
    return next;
  }
}

let thread: HashThread | undefined;
let files = 0;

/** The hash of a file that is written in large pieces. Pieces in shared memory are not copied. */
export function hashInThread(): FileHash {
  if (!thread) thread = new HashThread();
  const own = thread;
  const file = files++;
  return {
    update: async (bytes) => {
      await own.ask({ file, bytes });
    },
    digest: () => own.ask({ file }),
  };
}
