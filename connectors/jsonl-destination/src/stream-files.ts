import type { StreamSink } from '@headrace/sdk';
import type { ConfiguredStream, StreamDescriptor, UnreadableLine } from '@headrace/sdk/protocol';
import { airbyteEnvelope } from './airbyte-envelope.ts';
import type { JsonlConfig } from './config.ts';
import type { Copy } from './copies.ts';
import { BARE, type BatchFacts, flatEnvelope, noEnvelope, type Wrap } from './envelope.ts';
import { recordWriter, unreadable } from './sink.ts';
import type { StreamLog } from './stream-log.ts';

/** One stream of a run: the copy that it writes, its records and what had to be put aside. */
export interface StreamFiles {
  readonly stream: StreamDescriptor;
  readonly asked: ConfiguredStream | undefined;
  readonly copy: Copy;
  readonly sink: StreamSink;
  /** Keeps a line that could not be read, whatever is rolled back. */
  setAside(line: UnreadableLine): void;
  readonly logs: readonly StreamLog[];
  /** So many records came that held half a character. */
  readonly loneSurrogates: number;
  /** All of it came: said by its source, or taken from the end of the input. */
  readonly whole: 'said' | 'ended' | undefined;
  /** A commit has covered its end and decided what that means. */
  concluded: boolean;
}

export interface StreamFilesOptions {
  readonly stream: StreamDescriptor;
  readonly asked: ConfiguredStream | undefined;
  readonly copy: Copy;
  readonly config: Pick<JsonlConfig, 'envelope' | 'lone_surrogates'>;
  readonly runId: string;
  /** Makes what the ids of records come from different from run to run. */
  readonly salt: string;
  readonly batch: BatchFacts;
  openLog(quarantine: boolean): StreamLog;
  onReplaced(): void;
}

export function streamFiles(options: StreamFilesOptions): StreamFiles {
  const { stream, asked, copy, config, batch, openLog, onReplaced } = options;
  const lone = { replace: config.lone_surrogates === 'replace', records: 0 };
  const data = openLog(false);
  const logs = [data];
  let aside: StreamLog | undefined;
  /** What is rolled back takes nothing of it along: what could not be read is to be looked at. */
  let kept: StreamLog | undefined;
  let whole: StreamFiles['whole'];
  const quarantine = (): StreamLog => {
    if (!aside) {
      aside = openLog(true);
      logs.push(aside);
    }
    return aside;
  };
  const sink: StreamSink = {
    write: recordWriter({ batch, wrap: wrapFor(options), data, quarantine, onReplaced, lone }),
    mark() {
      for (const log of logs) log.mark();
    },
    complete(how) {
      for (const log of logs) log.seal();
      whole = how;
    },
    async rollBack() {
      for (const log of logs) if (log !== kept) await log.rollBack();
    },
  };
  return {
    stream,
    asked,
    copy,
    sink,
    logs,
    setAside(line) {
      if (!kept) {
        kept = openLog(true);
        logs.push(kept);
      }
      kept.append(BARE, unreadable(stream, line), batch.ingestedAt);
      kept.mark();
    },
    concluded: false,
    get loneSurrogates() {
      return lone.records;
    },
    get whole() {
      return whole;
    },
  };
}

function wrapFor({ config: { envelope }, stream, asked, copy, runId, salt }: StreamFilesOptions): Wrap {
  const { source, namespace } = copy.key;
  if (envelope === 'flat') return flatEnvelope({ source, stream: stream.name, runId });
  if (envelope === 'none') return noEnvelope;
  return airbyteEnvelope({
    seed: JSON.stringify([salt, source, namespace, stream.name]),
    generationId: asked?.generationId ?? 0,
    syncId: asked?.syncId,
  });
}
