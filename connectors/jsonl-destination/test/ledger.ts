import { Journal } from '../src/journal/journal.ts';
import { type Bench, type Running, record, state, status } from './process.ts';
import { storedLines } from './stored.ts';

export const STREAMS = ['a', 'b'] as const;
/** Records of the first stream between two states. */
export const EVERY = 20;

/** How many records of each stream stand before a state. */
export type Positions = Readonly<Record<string, number>>;

/** Two streams side by side; the second one's states come less often, so that its tail is seldom covered. */
export function* source(from: Positions, total: number): Generator<string> {
  const at: Record<string, number> = { a: from.a ?? 0, b: from.b ?? 0 };
  yield STREAMS.map((name) => status(name, 'STARTED')).join('');
  for (let n = 0; n < total; n++) {
    let text = '';
    for (const name of STREAMS) {
      const k = at[name]!;
      if (k >= total) continue;
      text += record(name, { s: name, k, pad: 'é🚀'.repeat(40 + (k % 50)) });
      at[name] = k + 1;
      const every = name === 'a' ? EVERY : 7 * EVERY;
      if ((k + 1) % every === 0 || k + 1 === total) text += state(name, k + 1);
    }
    if (text !== '') yield text;
  }
  yield STREAMS.map((name) => status(name, 'COMPLETE')).join('');
}

/** What is committed: where the next run begins. */
export async function committed(bench: Bench): Promise<Positions> {
  const journal = await Journal.openExisting(bench.path);
  const states = journal?.load({ source: 's', scope: 'main' }).states ?? [];
  journal?.close();
  return Object.fromEntries(
    states.map(({ stream, json }) => [stream, JSON.parse(json).stream.stream_state.at as number]),
  );
}

/** What a run has acknowledged, beyond what was acknowledged before. */
export function acknowledgedBy(running: Running, before: Positions): Positions {
  const positions: Record<string, number> = { ...before };
  for (const message of running.echoes()) {
    const { stream } = JSON.parse(JSON.stringify(message)).state;
    positions[stream.stream_descriptor.name] = stream.stream_state.at;
  }
  return positions;
}

/** The numbers of the records that are stored, stream by stream, in the order of the files. */
export function stored(bench: Bench): Record<string, number[]> {
  const lines = storedLines(bench.path).map((line) => JSON.parse(line) as { s: string; k: number });
  return Object.fromEntries(
    STREAMS.map((name) => [name, lines.filter(({ s }) => s === name).map(({ k }) => k)]),
  );
}

export const upTo = (total: number): number[] => Array.from({ length: total }, (_, k) => k);
