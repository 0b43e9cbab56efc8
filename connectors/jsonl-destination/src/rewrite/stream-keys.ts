import { readCatalog } from '@headrace/sdk';
import { type KnownKey, type StreamKey, sameStream, streamLabel } from '@headrace/sdk/destination';
import type { Journal } from '../journal/journal.ts';

/**
 * Finds a stream's key: `[]` if it has none, undefined if no catalog with the stream was ever seen.
 */
export type FindKey = (stream: StreamKey) => KnownKey | undefined;

/** Keys that catalogs of earlier writes have left in the journal. */
export function journalKeys(journal: Journal): FindKey {
  return (stream) => {
    const { streams } = journal.load({ source: stream.source, scope: '' });
    const known = streams.find(({ key }) => sameStream(key, stream));
    return known && { key: known.primaryKey ?? [], cursor: known.cursorField };
  };
}

/** Keys of a configured catalog. A namespace that is the source's name is left out. @throws ConfigError */
export async function catalogKeys(file: string, source: string): Promise<FindKey> {
  const { streams } = (await readCatalog(file)) ?? { streams: [] };
  const byLabel = new Map(
    streams.map(({ name, namespace, primaryKey = [], cursorField }) => [
      streamLabel(name, namespace === source ? '' : (namespace ?? '')),
      { key: primaryKey, cursor: cursorField },
    ]),
  );
  return ({ stream, namespace }) => byLabel.get(streamLabel(stream, namespace));
}
