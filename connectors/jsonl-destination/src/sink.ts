import { Buffer, isUtf8 } from 'node:buffer';
import type { RecordLine } from '@headrace/sdk/protocol';
import { asBuffer, type BatchFacts, noEnvelope, type Wrap } from './envelope.ts';
import type { StreamLog } from './stream-log.ts';

export interface SinkOptions {
  readonly batch: BatchFacts;
  readonly wrap: Wrap;
  readonly data: StreamLog;
  /** Made when the first record has to be put aside. */
  readonly quarantine: () => StreamLog;
  /** Counts records whose invalid UTF-8 was replaced. */
  readonly onReplaced: () => void;
}

/** One stream's records into its files, byte for byte as the vendor sent them (invariant 7). */
export function recordWriter(options: SinkOptions): (record: RecordLine) => 'stored' | 'rejected' {
  const { batch, wrap, data: log, quarantine, onReplaced } = options;
  const write = (to: StreamLog, around: Wrap, record: RecordLine, data: Uint8Array): void =>
    to.append({
      ...around(record, data, batch),
      data,
      emittedAt: record.emittedAt,
      ingestedAt: batch.ingestedAt,
    });
  return (record) => {
    let { data } = record;
    if (!batch.isUtf8 && !isUtf8(data)) {
      data = Buffer.from(asBuffer(data).toString('utf8'));
      onReplaced();
    }
    if (record.isObject) {
      write(log, wrap, record, data);
      return 'stored';
    }
    write(quarantine(), noEnvelope, record, quarantined(record, data, 'data is not an object'));
    return 'rejected';
  };
}

/** A record that cannot be stored, with its reason; its data are as they came. */
function quarantined({ stream, namespace, emittedAt }: RecordLine, data: Uint8Array, reason: string): Buffer {
  const facts = JSON.stringify({ reason, stream, namespace, emitted_at: emittedAt });
  return Buffer.concat([Buffer.from(`${facts.slice(0, -1)},"data":`), data, Buffer.from('}')]);
}
