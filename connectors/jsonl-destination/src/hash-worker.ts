import { createHash, type Hash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import type { Answer, Request } from './disk/hash-thread.ts';

/** The thread of hash-thread.ts. Each file has a number, and its bytes come in order. */
const hashes = new Map<number, Hash>();

parentPort!.on('message', ({ file, bytes }: Request) => {
  let hash = hashes.get(file);
  if (!hash) {
    hash = createHash('sha256');
    hashes.set(file, hash);
  }
  let answer: Answer;
  if (bytes) {
    hash.update(bytes);
    answer = { file };
  } else {
    hashes.delete(file);
    answer = { file, sha256: hash.digest('hex') };
  }
  parentPort!.postMessage(answer);
});
