import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JenkinsSandbox, startJenkins } from '@headrace/sandbox';
import { judge, type Result } from '../result.ts';
import { type Kept, keepOf, readJenkins } from './command.ts';
import { isEqual, Landed, sentenceOf } from './landed.ts';

const JOBS = 500;
const BUILDS = 100_000;

/** 500 jobs in five levels with 100,000 builds, 300 of them running: what a first sync costs, and one with nothing new. */
export async function jenkinsScale(): Promise<Result> {
  const result = { passed: 0, failed: 0 };
  const jenkins = await startJenkins({ jobs: JOBS, builds: BUILDS, levels: 5, running: 300, seed: 5 });
  const folder = mkdtempSync(join(tmpdir(), 'jenkins-scale-'));
  const landed = new Landed();
  const sync = async (states?: string): Promise<Kept> => {
    jenkins.control.resetStats();
    const more = states === undefined ? [] : ['--state', states];
    const kept = await keepOf([...readJenkins(jenkins, folder), '--streams', 'builds', ...more], {
      stateMs: 5000,
    });
    for (const text of kept.records.get('builds') ?? []) landed.add(text);
    return kept;
  };
  try {
    const first = await sync();
    const comparison = await landed.compare(jenkins);
    judge(
      result,
      first.code === 0 && isEqual(comparison),
      `first sync: ${costOf(jenkins, first)}; ${sentenceOf(comparison)}`,
    );
    const states = join(folder, 'states.json');
    const keep = ({ states: lines }: Kept): void => {
      if (lines.size > 0) writeFileSync(states, [...lines.values()].join('\n'));
    };
    keep(first);
    const second = await sync(states);
    judge(
      result,
      second.code === 0 && (second.records.get('builds') ?? []).length === 0,
      `nothing new, 300 running: ${costOf(jenkins, second)}`,
    );
    jenkins.control.finish({ count: 300 });
    keep(second);
    const third = await sync(states);
    keep(third);
    judge(
      result,
      third.code === 0 && isEqual(await landed.compare(jenkins)),
      `300 finished: ${costOf(jenkins, third)}`,
    );
    const fourth = await sync(states);
    const { requests } = jenkins.stats();
    judge(
      result,
      fourth.code === 0 && requests <= (3 * JOBS) / 100,
      `nothing new, nothing running: ${costOf(jenkins, fourth)}; ${((requests / JOBS) * 100).toFixed(1)} requests for 100 jobs`,
    );
  } finally {
    await jenkins.close();
    rmSync(folder, { recursive: true });
  }
  return result;
}

function costOf(jenkins: JenkinsSandbox, { ms, bytes, records, code }: Kept): string {
  const { requests, bytes: received } = jenkins.stats();
  const walked = jenkins.costs().reduce((sum, cost) => sum + cost.walked, 0);
  return (
    `exit ${code}, ${records.get('builds')?.length ?? 0} records, ${requests} requests, ${(received / 1e6).toFixed(1)} MB, ` +
    `${walked} builds loaded, ${(bytes / 1e6).toFixed(1)} MB written, ${(ms / 1000).toFixed(1)} s`
  );
}
