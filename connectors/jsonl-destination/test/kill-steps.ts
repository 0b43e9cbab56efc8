import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { expect } from 'vitest';
import type { Journal } from '../src/journal/journal.ts';
import { manifestPath } from '../src/tables/tables.ts';
import { type Problem, verify } from '../src/verify/verify.ts';
import type { Bench } from './process.ts';
import { KEY } from './store.ts';
import { linesOfFile } from './stored.ts';

const PRELOAD = `--import ${new URL('kill-at.ts', import.meta.url).href}`;

/**
 * Runs a verb again and again, killed some steps later each time, until it comes to its end.
 * @param every how many; `npm run test:long` tries every single one
 */
export async function killed(
  bench: Bench,
  command: readonly string[],
  input: string,
  settings: object,
  before: () => void,
  after: (at: string) => Promise<void>,
  every = 15,
): Promise<number> {
  const stride = Number(process.env.KILL_EVERY ?? every);
  for (let at = 1; ; at += stride) {
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

export async function problems(bench: Bench, journal: Journal): Promise<Problem[]> {
  const found: Problem[] = [];
  await verify({ root: bench.path, journal, source: KEY.source, report: (problem) => found.push(problem) });
  return found;
}

/** What somebody reads who goes by the table: all files that it names must be there. */
export async function linesOfManifest(bench: Bench): Promise<string[]> {
  const file = manifestPath(bench.path);
  if (!existsSync(file)) return [];
  const rows = await parquetReadObjects({ file: new Uint8Array(readFileSync(file)).buffer });
  return rows.flatMap(({ path }) => linesOfFile(join(bench.path, String(path))));
}
