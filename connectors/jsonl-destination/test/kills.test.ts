import { afterEach, expect, it } from 'vitest';
import { acknowledgedBy, committed, EVERY, type Positions, STREAMS, source, stored, upTo } from './ledger.ts';
import { Bench } from './process.ts';

const KILLS = process.env.HEADRACE_LONG ? 170 : 8;
const TOTAL = 160 * KILLS;

const bench = new Bench();
afterEach(() => bench.remove());

function randomOf(seed: number): () => number {
  let x = seed;
  return () => {
    x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff;
    return x / 0x7fffffff;
  };
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
    let acknowledged: Positions = { a: 0, b: 0 };
    const knobs = { HEADRACE_BLOCK_BYTES: '8192' };
    for (let kill = 0; kill < KILLS; kill++) {
      const from = await committed(bench);
      // What was echoed before the last kill is committed, always.
      for (const name of STREAMS) expect(from[name] ?? 0).toBeGreaterThanOrEqual(acknowledged[name] ?? 0);
      const running = bench.start(['write'], { ...config, run_id: `r${1000 + kill}` }, knobs);
      // Progress-keyed: so many records, so many echoes of them awaited, so many records more, then the kill.
      const stop = Math.floor(EVERY + random() * (TOTAL / KILLS));
      const wanted = kill % 4 === 0 ? 0 : 1 + Math.floor(random() * 2);
      const more = Math.floor(random() * 3 * EVERY);
      let sent = 0;
      let states = 0;
      for (const text of source(from, TOTAL)) {
        await running.write(text);
        states += text.split('"type":"STATE"').length - 1;
        if (++sent === stop) await running.echoed(Math.min(wanted, states));
        if (sent === stop + more) break;
      }
      running.child.kill('SIGKILL');
      const { signal, stdout, stderr } = await running.ended;
      // It may not have come to an end of its own; if it did, this is what it said.
      expect({ signal, said: signal ? '' : stdout + stderr }).toEqual({ signal: 'SIGKILL', said: '' });
      acknowledged = acknowledgedBy(running, from);
      const after = await committed(bench);
      const progress = STREAMS.some((name) => (after[name] ?? 0) > (from[name] ?? 0));
      const lost = STREAMS.some((name) => Math.min(TOTAL, (from[name] ?? 0) + sent) > (after[name] ?? 0));
      if (progress && lost) withLosses++;
    }
    const from = await committed(bench);
    const { code } = await bench.run(
      ['write'],
      [...source(from, TOTAL)].join(''),
      { ...config, run_id: 'r9999' },
      knobs,
    );
    expect(code).toBe(0);
    expect(stored(bench)).toEqual({ a: upTo(TOTAL), b: upTo(TOTAL) });
    // Kills that hit nothing prove nothing.
    expect(withLosses).toBeGreaterThanOrEqual(KILLS / 2);
  });
}
