import { type JsonObject, streamKey } from '@headrace/sdk/protocol';
import type { ConfiguredCatalog } from './connector.ts';
import type { RunEntry } from './ports.ts';
import type { SelectedStream } from './select-streams.ts';

/**
 * The catalog both ends get. sync_id is the run's number. An overwrite stream's generation is its minimum
 * too: nothing older stays; every other stream keeps what is there (0).
 */
export function configuredCatalog(
  streams: readonly SelectedStream[],
  number: number,
  generations: ReadonlyMap<string, number>,
): ConfiguredCatalog {
  return {
    streams: streams.map((selected) => {
      const generation =
        selected.destination_sync_mode === 'overwrite'
          ? (generations.get(streamKey(selected.stream)) ?? number)
          : 0;
      return { ...selected, generation_id: generation, minimum_generation_id: generation, sync_id: number };
    }),
  };
}

/**
 * The generation of each full-refresh stream: the one it began with where it goes on from a state, else a new
 * one. A copy that begins again within a run is new, too: what the first attempt left must not stay beside it.
 * A new one is the time, so that none comes twice where our own files were lost; above all that are known, whatever
 * the clock says.
 * @param begun generations of unfinished copies, by stream key
 * @param resumed the streams whose state is handed over
 * @param last the highest that is known
 * @param now milliseconds since 1970
 */
export function generationsFor(
  streams: readonly SelectedStream[],
  begun: ReadonlyMap<string, number>,
  resumed: ReadonlySet<string>,
  last: number,
  now: number,
): Map<string, number> {
  const fresh = Math.max(now, last + 1);
  const keys = streams.filter((one) => one.sync_mode === 'full_refresh').map((one) => streamKey(one.stream));
  return new Map(keys.map((key) => [key, (resumed.has(key) ? begun.get(key) : undefined) ?? fresh]));
}

/** The highest generation that earlier runs gave: each is above those before it, so the newest that gave one has it. */
export async function lastGeneration(earlier: AsyncIterable<RunEntry>): Promise<number> {
  for await (const { streams } of earlier) {
    const highest = Math.max(0, ...streams.map(({ generation }) => generation));
    if (highest > 0) return highest;
  }
  return 0;
}

/** What earlier runs left unfinished of full-refresh streams: the generation that each of them began. */
export async function unfinishedGenerations(
  streams: readonly SelectedStream[],
  earlier: AsyncIterable<RunEntry>,
): Promise<Map<string, number>> {
  const open = new Set(
    streams.filter((one) => one.sync_mode === 'full_refresh').map((one) => streamKey(one.stream)),
  );
  const generations = new Map<string, number>();
  if (open.size === 0) return generations;
  for await (const run of earlier) {
    for (const stream of run.streams) {
      const key = streamKey(stream);
      if (open.delete(key) && !stream.complete) generations.set(key, stream.generation);
    }
    if (open.size === 0) break;
  }
  return generations;
}

/** The streams that a list of states speaks of, by stream key. A GLOBAL state speaks of all it lists. */
export function streamsOfStates(states: readonly JsonObject[]): Set<string> {
  const keys = new Set<string>();
  for (const state of states) {
    const { stream, global } = state as {
      stream?: { stream_descriptor: { name: string } };
      global?: { stream_states?: Array<{ stream_descriptor: { name: string } }> };
    };
    for (const one of [...(stream ? [stream] : []), ...(global?.stream_states ?? [])])
      keys.add(streamKey(one.stream_descriptor));
  }
  return keys;
}
