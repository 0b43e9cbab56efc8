import { type JsonObject, streamKey } from '@headrace/sdk/protocol';
import type { ConfiguredCatalog } from './connector.ts';
import type { RunEntry } from './ports.ts';
import type { SelectedStream } from './select-streams.ts';

/**
 * The catalog that both ends get. sync_id is the run's number. For an overwrite stream the generation is also the minimum,
 * so nothing older stays; for every other stream both are 0, so everything stays.
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
 * The generation of each full-refresh stream: the one it began with if it continues from a state, else a new one. A copy
 * that starts again within a run is new too, because what the first attempt left must not stay beside it. A new generation
 * is the current time, so that none is used twice if our files are lost, and is above all known ones, whatever the clock
 * says.
 * @param begun generations of unfinished copies, by stream key
 * @param resumed the streams whose state is passed on
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

/** The highest generation of earlier runs. Each is above those before it, so the newest run with a generation has it. */
export async function lastGeneration(earlier: AsyncIterable<RunEntry>): Promise<number> {
  for await (const { streams } of earlier) {
    const highest = Math.max(0, ...streams.map(({ generation }) => generation));
    if (highest > 0) return highest;
  }
  return 0;
}

/** The generations of full-refresh copies that earlier runs left unfinished. */
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

/** The streams that a list of states covers, by stream key. A GLOBAL state covers all that it lists. */
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
