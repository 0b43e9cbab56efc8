import { Buffer, isUtf8 } from 'node:buffer';
import type { UnreadableLine } from '../../protocol/broken-line.ts';
import { RecordLine } from '../../protocol/message-reader.ts';
import type { StreamDescriptor } from '../../protocol/messages.ts';

/** The record with other data. */
export function withData(record: RecordLine, data: Buffer): RecordLine {
  return new RecordLine(record, data, 0, data.length);
}

/** A record that cannot be stored, with the reason, as a record of the quarantine. Its data stay as they came. */
export function refusedRecord(record: RecordLine, reason: string): RecordLine {
  const { stream, namespace, emittedAt, data } = record;
  const facts = JSON.stringify({ reason, stream, namespace, emitted_at: emittedAt });
  return withData(
    record,
    Buffer.concat([Buffer.from(`${facts.slice(0, -1)},"data":`), data, Buffer.from('}')]),
  );
}

/** An unreadable line, with the reason, as a record of the quarantine. */
export function unreadableRecord(
  { name, namespace }: StreamDescriptor,
  { line, reason, lost }: UnreadableLine,
): RecordLine {
  const content = isUtf8(line) ? { line: line.toString('utf8') } : { line_base64: line.toString('base64') };
  const whose = name === '' ? {} : { stream: name, namespace };
  const { records, states } = lost ?? { records: 0, states: 0 };
  return RecordLine.of(name, JSON.stringify({ reason, ...whose, records, states, ...content }));
}
