import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compare, type Section, times } from './part.ts';

const ROUNDS = 41;

/** `jira-source spec` compared with an empty Node script. */
export async function startUp(): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-bench-'));
  const empty = join(folder, 'empty.mjs');
  writeFileSync(empty, '');
  const source = fileURLToPath(new URL('../../connectors/jira-source/bin/jira-source', import.meta.url));
  const wall = (args: readonly string[]) => async () => {
    const started = performance.now();
    const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    if (status !== 0) throw new Error(`${args[0]} ended with ${status}`);
    return performance.now() - started;
  };
  const { figures, ratios } = await compare(ROUNDS, wall([source, 'spec']), wall([empty]));
  rmSync(folder, { recursive: true });
  return {
    title: 'Start-up',
    about:
      '`jira-source spec`, as a platform asks first, against an empty script under the same Node; wall time of the whole process.',
    head: ['spec', 'empty script', 'ratio'],
    rows: [[...figures.map((ms) => `${Math.round(ms)} ms`), times(ratios[1]!)]],
    verdict: `Aim: at most 1.6 ×. Measured: ${times(ratios[1]!)}.`,
  };
}
