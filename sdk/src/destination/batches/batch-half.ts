import type { Buffer } from 'node:buffer';
import { isHeld } from '../copies/copy.ts';
import { cursorBytes } from '../identity/cursor-order.ts';
import { type Identify, keyReader } from '../identity/record-key.ts';
import type { OpenStream, RecordHalf, RecordLog } from '../run/record-log.ts';
import type { KnownStream } from '../store/committed.ts';
import type { Place, Row, Step } from '../store/store.ts';
import { type Spool, SpoolMemory } from './spool.ts';

/**
 * Brings records into a store as steps of its transactions. Records that no state covers yet wait in memory, and on
 * disk if there are many. A store only gets them to commit, so it never has to roll back.
 */
export function batchHalf(memoryBytes?: number): RecordHalf<Step> {
  const memory = new SpoolMemory(memoryBytes);
  return {
    begin: async (_, committed) => committed,
    log: (stream, quarantine) => new BatchLog(memory.open(), stream, quarantine),
    batch: () => memory.spill(),
    ready: () => undefined,
    move: ({ kind, copy: { key, id } }) => ({ kind, place: { key, beside: id, quarantine: false } }),
    dedup: ({ stream, by, byCursor, all }) => ({
      kind: 'dedup',
      place: placeOf(stream, false),
      by,
      all,
      identify: by === 'key' ? identifier(stream.known, byCursor) : undefined,
    }),
    finish: async () => undefined,
    close: async () => memory.close(),
  };
}

class BatchLog implements RecordLog<Step> {
  readonly #spool: Spool;
  readonly #stream: () => OpenStream;
  readonly #quarantine: boolean;
  #committed = 0;
  #mark = 0;

  constructor(spool: Spool, stream: () => OpenStream, quarantine: boolean) {
    this.#spool = spool;
    this.#stream = stream;
    this.#quarantine = quarantine;
  }

  append: RecordLog<Step>['append'] = ({ bytes, from, to, meta, emittedAt }, { ingestedAt }) =>
    this.#spool.append(bytes, from, to, { meta, emittedAt, ingestedAt });

  mark(): void {
    this.#mark = this.#spool.end;
  }

  seal(): void {}

  async rollBack(): Promise<void> {
    this.#spool.cut(this.#mark);
  }

  prepare(): Promise<Step> | undefined {
    const from = this.#committed;
    const to = this.#mark;
    this.#spool.drop(from);
    if (to === from) return undefined;
    this.#committed = to;
    const stream = this.#stream();
    // Other streams need no keys yet. A later dedup computes those that are missing.
    const isDedup = stream.asked?.destinationSyncMode === 'append_dedup' && !this.#quarantine;
    const identify = isDedup ? identifier(stream.known, true) : undefined;
    const rows = { [Symbol.iterator]: () => rowsOf(this.#spool, from, to, identify) };
    return Promise.resolve({ kind: 'append', place: placeOf(stream, this.#quarantine), rows });
  }
}

function placeOf({ copy }: OpenStream, quarantine: boolean): Place {
  return { key: copy.key, beside: !quarantine && isHeld(copy) ? copy.id : undefined, quarantine };
}

function* rowsOf(
  spool: Spool,
  from: number,
  to: number,
  identify: ((data: Buffer) => Pick<Row, 'key' | 'cursor'>) | undefined,
): Generator<Row> {
  for (const { data, meta, emittedAt, ingestedAt } of spool.read(from, to)) {
    const { key, cursor } = identify?.(data) ?? { key: undefined, cursor: undefined };
    yield { data, meta, emittedAt, ingestedAt, key, cursor };
  }
}

function identifier(
  known: KnownStream | undefined,
  byCursor: boolean,
): ((data: Buffer) => Pick<Row, 'key' | 'cursor'>) | undefined {
  if (!known?.primaryKey) return undefined;
  const { primaryKey, cursorField } = known;
  const read: Identify = keyReader({ key: primaryKey, cursor: byCursor ? cursorField : undefined });
  return (data) => {
    const { key, cursor } = read(data, 0, data.length);
    return { key, cursor: byCursor && cursorField ? cursorBytes(cursor) : undefined };
  };
}
