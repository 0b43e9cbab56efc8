import type { JsonObject } from '../protocol/messages.ts';
import type { Stream } from './define.ts';
import { eachSent, isKnown, SentIds } from './sent-ids.ts';
import type { OnRecord } from './stream-output.ts';
import type { StreamSession } from './stream-session.ts';
import { placeIn } from './stream-state.ts';

type Sessions = ReadonlyMap<string, StreamSession>;

/**
 * Passes the id of each record to the censuses that watch its stream, before the record is written. If a census was read
 * before but is not selected now, the stream's own state keeps the ids until it is.
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
          // A census with a full refresh keeps no ids to compare with.
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

/** The selected censuses that watch a stream. It ends before they do. A census with a full refresh keeps no ids. */
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

/** Passes what a stream sent while censuses were not selected to those that are selected now. */
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
