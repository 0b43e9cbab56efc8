import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import type { DestinationWriter, StreamSink } from '@headrace/sdk';
import type { RecordLine } from '@headrace/sdk/protocol';
import type { Config } from './config.ts';
import { fileName } from './file-name.ts';
import { folderOf, makeFolder, syncFolder } from './folders.ts';
import { StreamFile } from './stream-file.ts';

/** A commit is due when so much has come, however young it is. */
const COMMIT_BYTES = 64_000_000;

/**
 * Writes one run. The SDK's write loop counts records, knows what states cover, and echoes a state only
 * when `commit` has resolved; here is only where the records go. Replace what touches files.
 */
export function acmeWriter(config: Config): DestinationWriter {
  const folder = folderOf(config);
  const files: StreamFile[] = [];

  return {
    policy: { seconds: config.commit_seconds, bytes: COMMIT_BYTES, onCountMismatch: 'fail' },

    /** Before the first record: connect, lock, create what is missing. */
    async begin() {
      makeFolder(folder);
    },

    /** Once a stream. Its records come one by one and must not wait: hand them on in batches. */
    stream(descriptor): StreamSink {
      const file = new StreamFile(join(folder, fileName(descriptor)));
      files.push(file);
      return {
        write(record) {
          file.append(lineOf(record));
          return 'stored';
        },
        mark: () => file.mark(),
        rollBack: async () => file.rollBack(),
      };
    },

    /** The records of a batch of input follow: what all of them share (a time) can be made here. */
    batch() {},

    /** A promise where the store cannot follow: nothing is read meanwhile, so memory stays bounded. */
    ready: () => undefined,

    /** Everything that was marked is durable when this resolves. A store of its own may keep `states` with it. */
    async commit() {
      for (const file of files) file.sync();
      syncFolder(folder);
    },

    async end() {
      for (const file of files.splice(0)) file.close();
    },

    /** Something failed: give back what is held. What was committed stays. */
    async abort() {
      for (const file of files.splice(0)) file.close();
    },
  };
}

/** `{"stream":"users","emitted_at":1700000000000,"data":{…}}`: the data are the vendor's own bytes. */
function lineOf({ stream, namespace, emittedAt, meta, data }: RecordLine): Uint8Array {
  const facts = JSON.stringify({ stream, namespace, emitted_at: emittedAt }).slice(0, -1);
  const parts = [facts, ...(meta ? [',"meta":', meta] : []), ',"data":', data, '}\n'];
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}
