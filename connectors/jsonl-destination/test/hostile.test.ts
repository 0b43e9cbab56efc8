import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Journal } from '../src/journal/journal.ts';
import { type Dice, diceOf, hostileInput, recordsIn } from './hostile-input.ts';
import { Bench, messages } from './process.ts';
import { dataFiles, storedLines } from './stored.ts';

/** One input is one process. */
const INPUTS = process.env.HEADRACE_LONG ? 1000 : 12;
const FIRST = Number(process.env.HEADRACE_SEED ?? 1);

const bench = new Bench();
afterEach(() => bench.remove());

const one = <T>(dice: Dice, ...of: T[]): T => of[dice(of.length)]!;

function configOf(dice: Dice): object {
  return {
    source: one(dice, 's', '../up', 'CON'),
    layout: one(dice, 'partitioned', 'partitioned', 'flat'),
    compression: one(dice, 'none', 'gzip', 'zstd'),
    envelope: one(dice, 'flat', 'airbyte', 'none'),
    max_file_mb: one(dice, 0.001, 1, 128),
    commit_mb: one(dice, 0, 0.01, 64),
    on_count_mismatch: one(dice, 'fail', 'warn'),
  };
}

interface Sums {
  readonly stored: number;
  readonly quarantined: number;
  readonly rolledBack: number;
}

async function sums(): Promise<Sums> {
  const journal = await Journal.openExisting(bench.path);
  const [row] = journal?.all(
    'select total(stored) as stored, total(quarantined) as quarantined, total(rolled_back) as rolledBack from counts',
  ) ?? [{ stored: 0, quarantined: 0, rolledBack: 0 }];
  journal?.close();
  return row as unknown as Sums;
}

const linesBelow = (folder: string): string[] =>
  readdirSync(bench.path).includes(folder) ? storedLines(join(bench.path, folder)) : [];

describe('whatever a source sends', () => {
  it(`${INPUTS} hostile inputs: no crash, nothing outside the folder, valid JSON alone, counts that add up`, {
    timeout: 3_600_000,
  }, async () => {
    let [stored, quarantined, rolledBack] = [0, 0, 0];
    for (let seed = FIRST; seed < FIRST + INPUTS; seed++) {
      const dice = diceOf(seed);
      const config = configOf(dice);
      const input = hostileInput(dice);
      const running = bench.start(['write'], config, { HEADRACE_BLOCK_BYTES: one(dice, '1024', '1048576') });
      running.child.stdin?.end(input);
      const { code, signal, stdout, stderr } = await running.ended;
      const said = { seed, signal, stderr };
      expect({ ...said, code: code === 0 || code === 1 }).toEqual({
        seed,
        signal: null,
        stderr: '',
        code: true,
      });
      // Its own words are messages, whatever it was sent.
      messages(stdout);
      expect({ seed, names: readdirSync(bench.root).sort() }).toEqual({
        seed,
        names: ['config.json', 'out'],
      });
      const counted = await sums();
      const { stored: s, quarantined: q, rolledBack: r } = counted;
      const { whole, unreadable } = recordsIn(input);
      expect({ seed, sum: s + q + r }).toEqual({ seed, sum: whole + unreadable });
      const source = readdirSync(bench.path).filter((name) => !/^_|\.parquet$/.test(name));
      const lines = source.flatMap(linesBelow);
      const aside = linesBelow('_quarantine').map((line) => JSON.parse(line) as object);
      const records = aside.filter((line) => 'data' in line).length;
      expect({ seed, stored: lines.length, quarantined: records + unreadable }).toEqual({
        seed,
        stored: s,
        quarantined: q,
      });
      if (unreadable > 0) expect({ seed, aside: aside.length > records }).toEqual({ seed, aside: true });
      for (const line of lines) JSON.parse(line);
      expect(dataFiles(bench.path).filter((name) => name.endsWith('.open'))).toEqual([]);
      stored += s;
      quarantined += q;
      rolledBack += r;
      bench.remove();
    }
    // Inputs of which nothing comes through prove nothing.
    expect(Math.min(stored, quarantined, rolledBack)).toBeGreaterThan(0);
  });
});
