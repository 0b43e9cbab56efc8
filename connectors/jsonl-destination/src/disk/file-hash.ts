import { createHash } from 'node:crypto';
import { hashInThread } from './hash-thread.ts';

/** The sha256 of a file that is being written. */
export interface FileHash {
  /** Adds the file's next bytes. They may be reused when this has resolved. */
  update(bytes: Uint8Array): Promise<void> | void;
  /** Hexadecimal. Called once. */
  digest(): Promise<string> | string;
}

/** Files whose first piece is this large are hashed in the thread. */
const BIG = 1 << 18;

/** @param first the size of the first piece, in bytes */
export function fileHash(first: number): FileHash {
  return first >= BIG ? hashInThread() : hashHere();
}

function hashHere(): FileHash {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') };
}
