import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JsonlConfig } from '../src/config.ts';
import { scratchFile } from '../src/files/scratch-file.ts';
import { Journal } from '../src/journal/journal.ts';
import { repair } from '../src/repair/repair.ts';
import { killed, linesOfManifest, problems } from './kill-steps.ts';
import { Bench, record, state, status } from './process.ts';
import { env, KEY, storeFiles } from './store.ts';
import { storedLines } from './stored.ts';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.remove());

const line = (id: number, cursor: number): string => JSON.stringify({ id, cursor, pad: 'x'.repeat(50) });
const OLD = [
  [line(1, 1), line(2, 1), line(1, 1)],
  [line(3, 1), line(2, 1)],
  [line(2, 2), line(4, 1)],
];
const NEW = [line(1, 1), line(2, 1), line(3, 1), line(2, 2), line(4, 1)];

const kinds: Array<[string, Partial<JsonlConfig>, readonly string[][]]> = [
  ['gzip', { compression: 'gzip' }, OLD],
  ['flat', { layout: 'flat' }, [OLD.flat()]],
];
for (const [name, given, files] of kinds) {
  it(`compact, ${name}, killed with SIGKILL at its steps: a reader has all lines, and the next start goes on`, {
    timeout: 600_000,
  }, async () => {
    const settings = { source: KEY.source, envelope: 'none', ...given };
    const prepared = join(bench.root, 'prepared');
    (await storeFiles(prepared, files, given)).close();
    const before = (): void => {
      rmSync(bench.path, { recursive: true, force: true });
      cpSync(prepared, bench.path, { recursive: true });
    };
    const outcomes = new Set<string>();
    const steps = await killed(bench, ['compact'], '', settings, before, async (at) => {
      expect([OLD.flat(), NEW], at).toContainEqual(await linesOfManifest(bench));
      const journal = (await Journal.openExisting(bench.path))!;
      await repair(bench.path, journal, KEY.source, env);
      const lines = storedLines(bench.path);
      outcomes.add(lines.length === NEW.length ? 'new' : 'old');
      expect([OLD.flat(), NEW], at).toContainEqual(lines);
      expect(await linesOfManifest(bench), at).toEqual(lines);
      expect(await problems(bench, journal), at).toEqual([]);
      expect(existsSync(scratchFile(bench.path, KEY.source)), at).toBe(false);
      journal.close();
    });
    expect(steps).toBeGreaterThan(20);
    // Kills that come too early or too late prove nothing.
    expect([...outcomes].sort()).toEqual(['new', 'old']);
    expect(storedLines(bench.path)).toEqual(NEW);
  });
}

it('write, killed with SIGKILL at its steps: the table names what is there, and the next run makes it whole', {
  timeout: 600_000,
}, async () => {
  const settings = {
    source: KEY.source,
    envelope: 'none',
    commit_mb: 0,
    max_file_mb: 0.001,
    compression: 'none',
  };
  const records = (from: number, to: number): string =>
    Array.from({ length: to - from }, (_, k) => record('a', { k: from + k, pad: 'x'.repeat(300) })).join('');
  const input = [
    status('a', 'STARTED'),
    ...[0, 6, 12].flatMap((from) => [records(from, from + 6), state('a', from + 6, 6)]),
    status('a', 'COMPLETE'),
  ].join('');
  const before = (): void => rmSync(bench.path, { recursive: true, force: true });
  const steps = await killed(bench, ['write'], input, settings, before, async (at) => {
    const told = await linesOfManifest(bench);
    const journal = await Journal.openExisting(bench.path);
    if (!journal) return;
    await repair(bench.path, journal, KEY.source, env);
    const lines = storedLines(bench.path);
    expect(lines.slice(0, told.length), at).toEqual(told);
    expect(await problems(bench, journal), at).toEqual([]);
    journal.close();
  });
  expect(steps).toBeGreaterThan(20);
  expect(await linesOfManifest(bench)).toEqual(storedLines(bench.path));
  expect(storedLines(bench.path)).toHaveLength(18);
});
