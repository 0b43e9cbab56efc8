import { afterEach, expect, it } from 'vitest';
import { Journal } from '../src/journal.ts';
import { Bench, record, state, status } from './process.ts';
import { storedLines } from './stored.ts';

const KILLS = process.env.HEADRACE_LONG ? 170 : 8;
const TOTAL = 160 * KILLS;
const EVERY = 20;
const STREAMS = ['a', 'b'] as const;

const bench = new Bench();
afterEach(() => bench.remove());

function randomOf(seed: number): () => number {
  let x = seed;
  return () => {
    x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff;
    return x / 0x7fffffff;
  };
}

/** Two streams side by side; the second one's states come less often, so that its tail is seldom covered. */
function* source(from: Record<string, number>): Generator<string> {
  const at: Record<string, number> = { a: from.a ?? 0, b: from.b ?? 0 };
  yield STREAMS.map((name) => status(name, 'STARTED')).join('');
  for (let n = 0; n < TOTAL; n++) {
    let text = '';
    for (const name of STREAMS) {
      const k = at[name]!;
      if (k >= TOTAL) continue;
      text += record(name, { s: name, k, pad: 'é🚀'.repeat(40 + (k % 50)) });
      at[name] = k + 1;
      const every = name === 'a' ? EVERY : 7 * EVERY;
      if ((k + 1) % every === 0 || k + 1 === TOTAL) text += state(name, k + 1);
    }
    if (text !== '') yield text;
  }
  yield STREAMS.map((name) => status(name, 'COMPLETE')).join('');
}

const WAYS = [
  { layout: 'partitioned', compression: 'gzip' },
  { layout: 'partitioned', compression: 'zstd' },
  { layout: 'flat', compression: 'none' },
] as const;

for (const options of WAYS) {
  it(`kill -9 at ${KILLS} points, ${options.layout}, ${options.compression}: no record missing, none twice`, {
    timeout: 600_000,
  }, async () => {
    const config = {
      ...options,
      source: 's',
      envelope: 'none',
      commit_mb: 0.02,
      commit_seconds: 0.02,
      max_file_mb: 0.01,
    };
    const random = randomOf(7);
    let withLosses = 0;
    let acknowledged: Record<string, number> = { a: 0, b: 0 };
    const knobs = { HEADRACE_BLOCK_BYTES: '8192' };
    for (let kill = 0; kill < KILLS; kill++) {
      const from = await committed();
      // What was echoed before the last kill is committed, always.
      for (const name of STREAMS) expect(from[name] ?? 0).toBeGreaterThanOrEqual(acknowledged[name] ?? 0);
      const running = bench.start(['write'], { ...config, run_id: `r${1000 + kill}` }, knobs);
      // Progress-keyed: so many records, so many echoes of them awaited, so many records more, then the kill.
      const upTo = Math.floor(EVERY + random() * (TOTAL / KILLS));
      const wanted = kill % 4 === 0 ? 0 : 1 + Math.floor(random() * 2);
      const more = Math.floor(random() * 3 * EVERY);
      let sent = 0;
      let states = 0;
      for (const text of source(from)) {
        await running.write(text);
        states += text.split('"type":"STATE"').length - 1;
        if (++sent === upTo) await running.echoed(Math.min(wanted, states));
        if (sent === upTo + more) break;
      }
      running.child.kill('SIGKILL');
      const { signal, stdout, stderr } = await running.ended;
      // It may not have come to an end of its own; if it did, this is what it said.
      expect({ signal, said: signal ? '' : stdout + stderr }).toEqual({ signal: 'SIGKILL', said: '' });
      acknowledged = { ...from };
      for (const message of running.echoes()) {
        const said = JSON.parse(JSON.stringify(message)).state.stream;
        acknowledged[said.stream_descriptor.name] = said.stream_state.at;
      }
      const after = await committed();
      const progress = STREAMS.some((name) => (after[name] ?? 0) > (from[name] ?? 0));
      const lost = STREAMS.some((name) => Math.min(TOTAL, (from[name] ?? 0) + sent) > (after[name] ?? 0));
      if (progress && lost) withLosses++;
    }
    const from = await committed();
    const { code } = await bench.run(
      ['write'],
      [...source(from)].join(''),
      { ...config, run_id: 'r9999' },
      knobs,
    );
    expect(code).toBe(0);
    for (const name of STREAMS) {
      const lines = storedLines(bench.path).map((line) => JSON.parse(line) as { s: string; k: number });
      expect(lines.filter(({ s }) => s === name).map(({ k }) => k)).toEqual(
        Array.from({ length: TOTAL }, (_, k) => k),
      );
    }
    // Kills that hit nothing prove nothing.
    expect(withLosses).toBeGreaterThanOrEqual(KILLS / 2);
  });
}

async function committed(): Promise<Record<string, number>> {
  const journal = await Journal.openExisting(bench.path);
  const states = journal?.states({ source: 's', scope: 'main' }) ?? [];
  journal?.close();
  return Object.fromEntries(
    states.map(({ stream, json }) => [stream, JSON.parse(json).stream.stream_state.at as number]),
  );
}
