import { Buffer, isUtf8 } from 'node:buffer';
import type { StreamSink } from '@headrace/sdk';
import { isEmptyObject, type RecordLine } from '@headrace/sdk/protocol';
import type { FlatEnvelope } from './envelope.ts';
import type { StreamLog } from './stream-log.ts';

/** What is known of the batch of input that records are written from. */
export interface BatchFacts {
  /** ISO, ms, Z: `__ingested_at_utc`, one value a batch. */
  ingestedAt: string;
  /** Every byte of it is UTF-8, so no record has to be looked at alone. */
  isUtf8: boolean;
  /** Some record of it may have a field named like the envelope's. */
  mayCollide: boolean;
}

export interface SinkOptions {
  readonly batch: BatchFacts;
  readonly envelope: FlatEnvelope | undefined;
  readonly data: StreamLog;
  /** Made when the first record has to be put aside. */
  readonly quarantine: () => StreamLog;
  /** Counts records whose invalid UTF-8 was replaced. */
  readonly onReplaced: () => void;
}

const NO_HEAD = Buffer.alloc(0);

/** One stream's records into its files, byte for byte as the vendor sent them (invariant 7). */
export function recordSink({ batch, envelope, data: log, quarantine, onReplaced }: SinkOptions): StreamSink {
  let aside: StreamLog | undefined;
  return {
    write(record) {
      let { data } = record;
      if (!batch.isUtf8 && !isUtf8(data)) {
        data = Buffer.from(asBuffer(data).toString('utf8'));
        onReplaced();
      }
      if (!record.isObject) {
        aside ??= quarantine();
        aside.append(NO_HEAD, quarantined(record, data, 'data is not an object'), record.emittedAt);
        return 'rejected';
      }
      const head = envelope?.head(data, isEmptyObject(data), batch.ingestedAt, batch.mayCollide) ?? NO_HEAD;
      log.append(head, data, record.emittedAt);
      return 'stored';
    },
    mark() {
      log.mark();
      aside?.mark();
    },
    async rollBack() {
      await log.rollBack();
      await aside?.rollBack();
    },
  };
}

/** A record that cannot be stored, with its reason; its data are as they came. */
function quarantined({ stream, namespace, emittedAt }: RecordLine, data: Uint8Array, reason: string): Buffer {
  const facts = JSON.stringify({ reason, stream, namespace, emitted_at: emittedAt });
  return Buffer.concat([Buffer.from(`${facts.slice(0, -1)},"data":`), data, Buffer.from('}')]);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
