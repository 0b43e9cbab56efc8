import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { config } from '../src/config.ts';
import { Journal } from '../src/journal/journal.ts';
import { repair } from '../src/repair/repair.ts';
import { finishCopies } from '../src/rewrite/finish.ts';
import { killed, linesOfManifest, problems } from './kill-steps.ts';
import { Bench, record, state, status } from './process.ts';
import { env, KEY } from './store.ts';
import { dataFiles, storedLines } from './stored.ts';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.remove());

const run = (said: 'COMPLETE' | 'INCOMPLETE', ids: readonly number[]): string =>
  [
    status('a', 'STARTED'),
    ...ids.map((id) => record('a', { id, pad: 'x'.repeat(200) })),
    state('a', ids.length),
    status('a', said),
  ].join('');

const idsOf = (lines: readonly string[]): number[] =>
  lines.map((line) => (JSON.parse(line) as { id: number }).id).sort((a, b) => a - b);

const OLD = [1, 2, 3];
const CASES = [
  { layout: 'partitioned', compression: 'zstd', before: [], input: [11, 12, 13], new: [11, 12, 13] },
  { layout: 'partitioned', compression: 'gzip', before: [11, 12], input: [12, 13], new: [11, 12, 13] },
  { layout: 'flat', compression: 'none', before: [11, 12], input: [12, 13], new: [11, 12, 13] },
] as const;

for (const { layout, compression, before, input, new: wanted } of CASES) {
  const how = before.length > 0 ? 'gone on with' : 'in one run';
  it(`an overwrite ${how}, ${layout}, killed with SIGKILL at its steps: a reader has the old data or the new`, {
    timeout: 600_000,
  }, async () => {
    const settings = { source: KEY.source, envelope: 'none', layout, compression, max_file_mb: 0.000_5 };
    const catalog = join(bench.root, 'catalog.json');
    const verb = ['write', '--catalog', catalog];
    const prepare = async (said: 'COMPLETE' | 'INCOMPLETE', ids: readonly number[]): Promise<void> => {
      await bench.run(verb, run(said, ids), settings);
    };
    writeFileSync(
      catalog,
      JSON.stringify({
        streams: [{ stream: { name: 'a' }, sync_mode: 'full_refresh', destination_sync_mode: 'overwrite' }],
      }),
    );
    await prepare('COMPLETE', OLD);
    if (before.length > 0) await prepare('INCOMPLETE', before);
    const prepared = join(bench.root, 'prepared');
    cpSync(bench.path, prepared, { recursive: true });
    const again = (): void => {
      rmSync(bench.path, { recursive: true, force: true });
      cpSync(prepared, bench.path, { recursive: true });
    };
    const outcomes = new Set<string>();
    await killed(
      bench,
      verb,
      run('COMPLETE', input),
      settings,
      again,
      async (at) => {
        expect([OLD, wanted], at).toContainEqual(idsOf(await linesOfManifest(bench)));
        // What the next run does before it takes anything.
        const journal = (await Journal.openExisting(bench.path))!;
        await repair(bench.path, journal, KEY.source, env);
        const context = { root: bench.path, journal, env, config: config.parse(settings), runId: 'next' };
        await finishCopies(context, KEY.source);
        const seen = idsOf(await linesOfManifest(bench));
        expect([OLD, wanted], at).toContainEqual(seen);
        outcomes.add(seen[0] === OLD[0] ? 'old' : 'new');
        expect(await problems(bench, journal), at).toEqual([]);
        journal.close();
        if (!process.env.HEADRACE_LONG) return;
        // Whatever is there now, a run that comes to its end leaves its own.
        const { code } = await bench.run(verb, run('COMPLETE', wanted), settings);
        expect([code, idsOf(storedLines(bench.path))], at).toEqual([0, wanted]);
      },
      24,
    );
    // Kills that come too early or too late prove nothing.
    expect([...outcomes].sort()).toEqual(['new', 'old']);
    expect(idsOf(storedLines(bench.path))).toEqual(wanted);
    expect(dataFiles(bench.path).filter((name) => name.includes('.open'))).toEqual([]);
  });
}
