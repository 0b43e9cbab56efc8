import { Buffer } from 'node:buffer';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { zstdDecompressSync } from 'node:zlib';
import { RecordLine } from '@headrace/sdk/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { OpenFiles } from '../disk/open-files.ts';
import { turns } from '../disk/turns.ts';
import { Blocks } from './blocks.ts';
import { Chunk } from './chunk.ts';
import type { Codec } from './codec.ts';
import { StreamLog } from './stream-log.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'headrace-log-'));
});
afterEach(() => rmSync(root, { recursive: true }));

it('a frame that is taken back to its mark is sealed as it is then, whoever asks for it meanwhile', async () => {
  const codec: Codec = { kind: 'frame', suffix: '.zst', level: 1 };
  const path = 'a.jsonl.zst';
  const chunk = new Chunk({ id: 1, root, path, codec, files: new OpenFiles() });
  const log = new StreamLog({
    blocks: new Blocks(),
    codec,
    maxFileBytes: Number.POSITIVE_INFINITY,
    inTurn: turns(1),
    openChunk: async () => {
      writeFileSync(join(root, `${path}.open`), '');
      return chunk;
    },
    removeChunk: async () => undefined,
    onFrameUsed: () => undefined,
    onFailure: (error) => expect(error).toBe(undefined),
    now: () => 0,
  });
  const append = (json: string): void => {
    const bare = { head: Buffer.alloc(0), tail: Buffer.alloc(0), overBrace: false };
    log.append(bare, RecordLine.of('a', json), 0);
  };
  append('{"k":1}');
  log.mark();
  await log.prepare().ready;
  for (let k = 0; k < 600; k++) append(JSON.stringify({ k: randomBytes(100_000).toString('hex') }));
  log.spill();
  await log.settled();
  await chunk.sync();
  const back = log.rollBack();
  // Too many frames are open: another stream has this one ended.
  log.seal();
  await back;
  // A hash of the file as it was before would be there by now.
  await sleep(200);
  log.seal();
  const prepared = log.prepare();
  await prepared.ready;
  const [one] = prepared.changes('closing');
  const bytes = readFileSync(chunk.diskPath);
  expect(one?.change.sealed?.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  expect(one?.change.length).toMatchObject({ records: 1, compressedBytes: bytes.length });
  expect(zstdDecompressSync(bytes).toString()).toBe('{"k":1}\n');
  await log.close();
});
