import { ConfigError, type DestinationEnv } from '@headrace/sdk';
import { type StreamKey, streamLabel } from '@headrace/sdk/destination';
import type { JsonlConfig } from '../config.ts';
import type { Journal } from '../journal/journal.ts';
import { type FileRow, fileRow } from '../journal/journal-rows.ts';
import { forgetMissing } from '../repair/missing.ts';
import { settleFiles } from '../repair/settle.ts';
import { writeTables } from '../tables/tables.ts';
import { type Rewrite, type Rewritten, rewrite } from './rewrite.ts';
import type { FindKey } from './stream-keys.ts';

/** What a compaction of a source needs. */
export interface Compaction {
  readonly root: string;
  readonly journal: Journal;
  readonly env: DestinationEnv;
  readonly config: JsonlConfig;
  readonly source: string;
  readonly runId: string;
  /** Set if only the latest record of each key is kept: gives the keys. */
  readonly latest?: FindKey;
}

/** The result for a stream. Bytes are those on disk. */
export interface Compacted extends Rewritten {
  readonly stream: string;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

/**
 * Merges small files and drops duplicates, one stream after the other. The caller holds the source's lock and has
 * repaired what was left. Each stream is changed separately, so after a kill the finished ones stay.
 * @throws ConfigError if `latest` is wanted and a stream's key is not known; nothing is changed then
 */
export async function* compact(task: Compaction): AsyncGenerator<Compacted> {
  const { root, journal, source, env } = task;
  const all = journal.all('select * from files where source = ?', source).map(fileRow);
  await forgetMissing(root, journal, all, env.log);
  const streams = streamsOf(journal, source);
  refuseUnknownKeys(task, streams);
  for (const stream of streams) {
    const bytesBefore = bytesOf(journal, stream);
    const total = { kept: 0, dropped: 0, replaced: 0, by: 0 };
    for (const files of groupsOf(journal, stream)) {
      const done = await rewrite({ ...task, ...keyOf(task, stream), files, merge: true });
      for (const name of ['kept', 'dropped', 'replaced', 'by'] as const) total[name] += done[name];
      await settleFiles(root, journal, source);
    }
    yield {
      stream: streamLabel(stream.stream, stream.namespace),
      ...total,
      bytesBefore,
      bytesAfter: bytesOf(journal, stream),
    };
  }
  journal.transaction(() => writeTables(journal, root));
}

function streamsOf(journal: Journal, source: string): StreamKey[] {
  const rows = journal.all(
    `select distinct namespace, stream from files where source = ? and quarantine = 0 and status in ('closed', 'flat')
     order by namespace, stream`,
    source,
  );
  return rows.map((row) => ({ source, namespace: String(row.namespace), stream: String(row.stream) }));
}

function refuseUnknownKeys({ latest }: Compaction, streams: readonly StreamKey[]): void {
  const unknown = streams.filter((stream) => latest && !latest(stream));
  if (unknown.length === 0) return;
  const names = unknown.map(({ stream, namespace }) => streamLabel(stream, namespace)).join(', ');
  throw new ConfigError(`no catalog has named a key for ${names}`, {
    code: 'compact.key_unknown',
    place: '--latest',
    hint: 'write with --catalog, or give compact one; without --latest only identical copies are dropped',
  });
}

/** Without a key, identical records are dropped. */
function keyOf({ latest }: Compaction, stream: StreamKey): Pick<Rewrite, 'key' | 'cursor'> {
  const { key, cursor } = latest?.(stream) ?? { key: [] };
  return key.length > 0 ? { key, cursor } : { key: undefined, cursor: undefined };
}

/**
 * A stream's complete files, in the order of their lines. A complete copy stays separate; the others (of an incremental
 * stream, of its backfills, after a reset) are compared with each other.
 */
function groupsOf(journal: Journal, { source, namespace, stream }: StreamKey): FileRow[][] {
  const rows = journal.all(
    `select f.*, iif(c.status = 'open', 0, c.id) as apart from files f join copies c on c.source = f.source and c.id = f.copy_id
     where f.source = ? and f.namespace = ? and f.stream = ? and f.quarantine = 0 and f.status in ('closed', 'flat')
     order by f.seq, f.id`,
    source,
    namespace,
    stream,
  );
  return [...Map.groupBy(rows, ({ apart }) => apart).values()].map((group) => group.map(fileRow));
}

function bytesOf(journal: Journal, { source, namespace, stream }: StreamKey): number {
  const [row] = journal.all(
    `select sum(compressed_bytes) as bytes from files where source = ? and namespace = ? and stream = ?
     and quarantine = 0 and status in ('closed', 'flat')`,
    source,
    namespace,
    stream,
  );
  return Number(row?.bytes ?? 0);
}
