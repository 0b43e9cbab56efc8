import type { ConfiguredStream } from '@headrace/sdk/protocol';
import type { Journal } from './journal.ts';
import type { StreamKey } from './journal-rows.ts';

/** What catalogs said of a stream: a rewrite needs it without one. */
export interface KnownStream {
  /** Paths of the key's fields; undefined where no catalog ever named one. */
  readonly primaryKey: ReadonlyArray<readonly string[]> | undefined;
  readonly cursorField: readonly string[] | undefined;
  /** The greatest that was seen. */
  readonly generationId: number;
  /** append_dedup has written since older versions were dropped the last time. */
  readonly dedupDue: boolean;
}

export function knownStream(
  journal: Journal,
  { source, namespace, stream }: StreamKey,
): KnownStream | undefined {
  const [row] = journal.all(
    'select * from streams where source = ? and namespace = ? and stream = ?',
    source,
    namespace,
    stream,
  );
  if (!row) return undefined;
  const paths = <T>(text: unknown): readonly T[] | undefined => {
    const list = JSON.parse(String(text)) as T[];
    return list.length > 0 ? list : undefined;
  };
  return {
    primaryKey: paths<readonly string[]>(row.primary_key),
    cursorField: paths<string>(row.cursor_field),
    generationId: Number(row.generation_id),
    dedupDue: row.dedup_due === 1,
  };
}

/** Keeps what a catalog says; what it leaves out stays as it was. */
export function rememberStream(
  journal: Journal,
  { source, namespace, stream }: StreamKey,
  asked: ConfiguredStream,
): void {
  journal.run(
    `insert into streams (source, namespace, stream, primary_key, cursor_field, generation_id, dedup_due)
     values (?, ?, ?, ?, ?, ?, 0)
     on conflict do update set
       primary_key = iif(excluded.primary_key = '[]', primary_key, excluded.primary_key),
       cursor_field = iif(excluded.cursor_field = '[]', cursor_field, excluded.cursor_field),
       generation_id = max(generation_id, excluded.generation_id)`,
    source,
    namespace,
    stream,
    JSON.stringify(asked.primaryKey ?? []),
    JSON.stringify(asked.cursorField ?? []),
    asked.generationId ?? 0,
  );
}

export function setDedupDue(journal: Journal, { source, namespace, stream }: StreamKey, due: boolean): void {
  journal.run(
    'update streams set dedup_due = ? where source = ? and namespace = ? and stream = ?',
    Number(due),
    source,
    namespace,
    stream,
  );
}
