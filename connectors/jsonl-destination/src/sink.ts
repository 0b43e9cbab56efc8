import { Buffer, isUtf8 } from 'node:buffer';
import { RecordLine, type StreamDescriptor, type UnreadableLine } from '@headrace/sdk/protocol';
import { type BatchFacts, noEnvelope, type Wrap } from './envelope.ts';
import type { StreamLog } from './stream-log.ts';
import { isLone, replaced } from './surrogates.ts';

export interface SinkOptions {
  readonly batch: BatchFacts;
  readonly wrap: Wrap;
  readonly data: StreamLog;
  /** Made when the first record has to be put aside. */
  readonly quarantine: () => StreamLog;
  /** Counts records whose invalid UTF-8 was replaced. */
  readonly onReplaced: () => void;
  /** What becomes of records that hold half a character, and how many did. */
  readonly lone: { readonly replace: boolean; records: number };
}

/** One stream's records into its files, byte for byte as the vendor sent them (invariant 7). */
export function recordWriter(options: SinkOptions): (record: RecordLine) => 'stored' | 'rejected' {
  const { batch, wrap, data: log, quarantine, onReplaced, lone } = options;
  return (line) => {
    let record = line;
    if (!batch.isUtf8 && !isUtf8(line.data)) {
      record = withData(line, Buffer.from(line.data.toString('utf8')));
      onReplaced();
    }
    if (record.isObject) {
      if (batch.hasSurrogates && isLone(record)) {
        lone.records++;
        if (lone.replace) record = replaced(record);
      }
      log.append(wrap(record, batch), record, batch.ingestedAt);
      return 'stored';
    }
    const aside = withData(record, quarantined(record, 'data is not an object'));
    quarantine().append(noEnvelope(aside, batch), aside, batch.ingestedAt);
    return 'rejected';
  };
}

function withData(record: RecordLine, data: Buffer): RecordLine {
  return new RecordLine(record, data, 0, data.length);
}

/** A record that cannot be stored, with its reason; its data are as they came. */
function quarantined({ stream, namespace, emittedAt, data }: RecordLine, reason: string): Buffer {
  const facts = JSON.stringify({ reason, stream, namespace, emitted_at: emittedAt });
  return Buffer.concat([Buffer.from(`${facts.slice(0, -1)},"data":`), data, Buffer.from('}')]);
}

/** A line that could not be read, with its reason, as a record of the quarantine. */
export function unreadable(
  { name, namespace }: StreamDescriptor,
  { line, reason, lost }: UnreadableLine,
): RecordLine {
  const content = isUtf8(line) ? { line: line.toString('utf8') } : { line_base64: line.toString('base64') };
  const whose = name === '' ? {} : { stream: name, namespace };
  const { records, states } = lost ?? { records: 0, states: 0 };
  return RecordLine.of(name, JSON.stringify({ reason, ...whose, records, states, ...content }));
}
