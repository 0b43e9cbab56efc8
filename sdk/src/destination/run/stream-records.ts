import { Buffer, isUtf8 } from 'node:buffer';
import type { UnreadableLine } from '../../protocol/broken-line.ts';
import type { RecordLine } from '../../protocol/message-reader.ts';
import type { StreamDescriptor } from '../../protocol/messages.ts';
import type { StreamSink } from '../writer.ts';
import { refusedRecord, unreadableRecord, withData } from './quarantine.ts';
import type { BatchFacts, RecordLog } from './record-log.ts';

export interface StreamRecordsOptions<Part> {
  readonly stream: StreamDescriptor;
  readonly batch: BatchFacts;
  log(quarantine: boolean): RecordLog<Part>;
  /** Called for each record whose invalid UTF-8 was replaced. */
  onReplaced(): void;
}

/** A stream of a run: its records, byte for byte as the vendor sent them (invariant 7), and its quarantine. */
export class StreamRecords<Part> {
  readonly sink: StreamSink;
  /** Set when it is complete: its source said so, or the input ended. */
  whole: 'said' | 'ended' | undefined;
  readonly #options: StreamRecordsOptions<Part>;
  readonly #logs: Array<RecordLog<Part>>;
  #aside: RecordLog<Part> | undefined;
  /** Not rolled back, because people should look at what could not be read. */
  #kept: RecordLog<Part> | undefined;

  constructor(options: StreamRecordsOptions<Part>) {
    this.#options = options;
    const data = options.log(false);
    this.#logs = [data];
    const { batch, onReplaced } = options;
    this.sink = {
      write: (line) => {
        let record = line;
        if (!batch.isUtf8 && !isUtf8(line.data)) {
          record = withData(line, Buffer.from(line.data.toString('utf8')));
          onReplaced();
        }
        if (record.isObject) {
          data.append(record, batch);
          return 'stored';
        }
        this.#refuse(record);
        return 'rejected';
      },
      mark: () => {
        for (const log of this.#logs) log.mark();
      },
      complete: (how) => {
        this.seal();
        this.whole = how;
      },
      rollBack: async () => {
        for (const log of this.#logs) if (log !== this.#kept) await log.rollBack();
      },
    };
  }

  /** Keeps an unreadable line, whatever is rolled back. */
  setAside(line: UnreadableLine): void {
    this.#kept ??= this.#quarantine();
    this.#kept.append(unreadableRecord(this.#options.stream, line), this.#options.batch);
    this.#kept.mark();
  }

  seal(): void {
    for (const log of this.#logs) log.seal();
  }

  /** The stream's parts in a commit, up to the current marks. */
  prepare(): Array<Promise<Part | undefined>> {
    return this.#logs.map((log) => log.prepare()).filter((part) => part !== undefined);
  }

  #refuse(record: RecordLine): void {
    this.#aside ??= this.#quarantine();
    this.#aside.append(refusedRecord(record, 'data is not an object'), this.#options.batch);
  }

  #quarantine(): RecordLog<Part> {
    const log = this.#options.log(true);
    this.#logs.push(log);
    return log;
  }
}
