import { createHash } from 'node:crypto';
import { hashInThread } from './hash-thread.ts';

/** The sha256 of a file that is being written. */
export interface FileHash {
  /** The file's next bytes; they may be used again when this has resolved. */
  update(bytes: Uint8Array): Promise<void> | void;
  /** Hexadecimal. Called once. */
  digest(): Promise<string> | string;
}

/** A file that begins with so many bytes at once is worth a thread. */
const BIG = 1 << 18;

/** @param first how many bytes come first */
export function fileHash(first: number): FileHash {
  return first >= BIG ? hashInThread() : hashHere();
}

function hashHere(): FileHash {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') };
}
