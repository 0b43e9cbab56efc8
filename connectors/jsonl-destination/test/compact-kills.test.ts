import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JsonlConfig } from '../src/config.ts';
import { scratchFile } from '../src/contest.ts';
import { Journal } from '../src/journal.ts';
import { repair } from '../src/repair.ts';
import { manifestPath } from '../src/tables.ts';
import { type Problem, verify } from '../src/verify.ts';
import { Bench, record, state, status } from './process.ts';
import { env, KEY, storeFiles } from './store.ts';
import { linesOfFile, storedLines } from './stored.ts';

/** Every so many steps is tried; `npm run test:long` tries them all. */
const EVERY = Number(process.env.KILL_EVERY ?? 15);
const PRELOAD = `--import ${new URL('kill-at.ts', import.meta.url).href}`;

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.remove());

/** Runs a verb again and again, killed a step later each time, until it comes to its end. */
async function killed(
  command: readonly string[],
  input: string,
  settings: object,
  before: () => void,
  after: (at: string) => Promise<void>,
): Promise<number> {
  for (let at = 1; ; at += EVERY) {
    before();
    const knobs = { KILL_AT: String(at), NODE_OPTIONS: PRELOAD };
    const { signal, code, stderr } = await bench.run(command, input, settings, knobs);
    if (signal !== 'SIGKILL') {
      expect({ code, stderr }).toMatchObject({ code: 0 });
      return at;
    }
    await after(`killed before step ${at}`);
  }
}

async function problems(journal: Journal): Promise<Problem[]> {
  const found: Problem[] = [];
  await verify({ root: bench.path, journal, source: KEY.source, report: (problem) => found.push(problem) });
  return found;
}

/** What somebody reads who goes by the table: all files that it names must be there. */
async function linesOfManifest(): Promise<string[]> {
  const file = manifestPath(bench.path);
  if (!existsSync(file)) return [];
  const rows = await parquetReadObjects({ file: new Uint8Array(readFileSync(file)).buffer });
  return rows.flatMap(({ path }) => linesOfFile(join(bench.path, String(path))));
}

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
    const steps = await killed(['compact'], '', settings, before, async (at) => {
      expect([OLD.flat(), NEW], at).toContainEqual(await linesOfManifest());
      const journal = (await Journal.openExisting(bench.path))!;
      await repair(bench.path, journal, KEY.source, env);
      const lines = storedLines(bench.path);
      outcomes.add(lines.length === NEW.length ? 'new' : 'old');
      expect([OLD.flat(), NEW], at).toContainEqual(lines);
      expect(await linesOfManifest(), at).toEqual(lines);
      expect(await problems(journal), at).toEqual([]);
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
  const steps = await killed(['write'], input, settings, before, async (at) => {
    const told = await linesOfManifest();
    const journal = await Journal.openExisting(bench.path);
    if (!journal) return;
    await repair(bench.path, journal, KEY.source, env);
    const lines = storedLines(bench.path);
    expect(lines.slice(0, told.length), at).toEqual(told);
    expect(await problems(journal), at).toEqual([]);
    journal.close();
  });
  expect(steps).toBeGreaterThan(20);
  expect(await linesOfManifest()).toEqual(storedLines(bench.path));
  expect(storedLines(bench.path)).toHaveLength(18);
});
