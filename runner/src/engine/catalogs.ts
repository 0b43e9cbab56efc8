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

const ATTEMPTS_A_RUN = 1000;

/**
 * The generation of each full-refresh stream: the one it began with where it goes on from a state, else a new
 * one. A copy that begins again within a run is new, too: what the first attempt left must not stay beside it.
 * @param begun generations of unfinished copies, by stream key
 * @param resumed the streams whose state is handed over
 */
export function generationsFor(
  streams: readonly SelectedStream[],
  begun: ReadonlyMap<string, number>,
  resumed: ReadonlySet<string>,
  number: number,
  attempt: number,
): Map<string, number> {
  const fresh = number * ATTEMPTS_A_RUN + attempt;
  const keys = streams.filter((one) => one.sync_mode === 'full_refresh').map((one) => streamKey(one.stream));
  return new Map(keys.map((key) => [key, (resumed.has(key) ? begun.get(key) : undefined) ?? fresh]));
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
