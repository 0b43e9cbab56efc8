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

/** One stream of a run: its records, byte for byte as the vendor sent them (invariant 7), and what had to be put aside. */
export class StreamRecords<Part> {
  readonly sink: StreamSink;
  /** All of it came: said by its source, or taken from the end of the input. */
  whole: 'said' | 'ended' | undefined;
  readonly #options: StreamRecordsOptions<Part>;
  readonly #logs: Array<RecordLog<Part>>;
  #aside: RecordLog<Part> | undefined;
  /** What is rolled back takes nothing of it along: what could not be read is to be looked at. */
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

  /** Keeps a line that could not be read, whatever is rolled back. */
  setAside(line: UnreadableLine): void {
    this.#kept ??= this.#quarantine();
    this.#kept.append(unreadableRecord(this.#options.stream, line), this.#options.batch);
    this.#kept.mark();
  }

  seal(): void {
    for (const log of this.#logs) log.seal();
  }

  /** The stream's parts in a commit that reaches to where the marks stand now. */
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
