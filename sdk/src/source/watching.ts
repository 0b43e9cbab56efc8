import type { JsonObject } from '../protocol/messages.ts';
import type { Stream } from './define.ts';
import { eachSent, isKnown, SentIds } from './sent-ids.ts';
import type { OnRecord } from './stream-output.ts';
import type { StreamSession } from './stream-session.ts';
import { placeIn } from './stream-state.ts';

type Sessions = ReadonlyMap<string, StreamSession>;

/**
 * Tells the censuses that watch a stream of each record that it sends, before the record is written. One that is not
 * selected and was read before is told when it is read again: until then the stream's own state says it.
 */
export function tellCensuses(
  session: StreamSession,
  streams: readonly Stream<unknown>[],
  sessions: Sessions,
  saved: ReadonlyMap<string, JsonObject | null>,
): OnRecord[] {
  return streams.flatMap(({ name, watches = [] }) =>
    [watches].flat().flatMap(({ stream, key, partition: partitionOf }): OnRecord[] => {
      if (stream !== session.run.name) return [];
      return [
        (_, page, row, own) => {
          const id = page.id(row, key);
          if (id === undefined) return;
          const partition = partitionOf?.(page, row, own) ?? own.key;
          const census = sessions.get(name);
          // One that is read whole keeps nothing that it could compare with.
          if (census?.run.full) return;
          if (census) census.states.sent(partition, id);
          else {
            const place = placeIn(saved.get(name), partition);
            if (place && !isKnown(place, id)) sentTo(session, name).add(partition, id);
          }
        },
      ];
    }),
  );
}

/** The censuses that are read and watch a stream: it ends before they do. One that is read whole keeps nothing. */
export function watchersOf(
  { run }: StreamSession,
  streams: readonly Stream<unknown>[],
  sessions: Sessions,
): StreamSession[] {
  return streams.flatMap(({ name, watches = [] }) => {
    const census = sessions.get(name);
    const isWatching = [watches].flat().some(({ stream }) => stream === run.name);
    return census && isWatching && !census.run.full ? [census] : [];
  });
}

/** What a stream sent while censuses were not selected goes to those that are now. */
export function handOver(session: StreamSession, sessions: Sessions): void {
  for (const [name, ids] of Object.entries(session.run.state.sent ?? {})) {
    const census = sessions.get(name);
    for (const [partition, id] of eachSent(ids)) {
      if (census) census.states.sent(partition, id);
      else sentTo(session, name).add(partition, id);
    }
  }
}

function sentTo({ sent }: StreamSession, census: string): SentIds {
  let ids = sent.get(census);
  if (!ids) {
    ids = new SentIds();
    sent.set(census, ids);
  }
  return ids;
}
