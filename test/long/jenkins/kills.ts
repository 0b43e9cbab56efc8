import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startJenkins } from '@headrace/sandbox';
import { judge, type Result } from '../result.ts';
import { resumeFromEach } from '../resume.ts';
import { keepOf, readJenkins } from './command.ts';

const KILLS = 50;
const STREAMS = 'builds,build_stages,test_reports';

/** One read that is killed 50 times and goes on each time: in the end, everything is there once. */
export async function jenkinsKills(): Promise<Result> {
  const result = { passed: 0, failed: 0 };
  const jenkins = await startJenkins({ seed: 10, jobs: 120, builds: 3000, levels: 4, running: 0 });
  const folder = mkdtempSync(join(tmpdir(), 'jenkins-kills-'));
  const command = [...readJenkins(jenkins, folder), '--streams', STREAMS];
  try {
    const whole = await keepOf(command);
    const all = [...whole.records].flatMap(([stream, texts]) => texts.map((text) => `${stream} ${text}`));
    const states = new Map<string, string>();
    const landed: string[] = [];
    const file = join(folder, 'states.json');
    const step = Math.ceil(all.length / KILLS);
    let kills = 0;
    for (let run = 0; run < 2 * KILLS; run++) {
      const more = states.size > 0 ? ['--state', file] : [];
      // A kill inside a page loses that page: a step is larger than the builds of most jobs.
      const kept = await keepOf([...command, ...more], { killAfter: step + 7 * (run % 11) });
      for (const [stream, texts] of kept.records) landed.push(...texts.map((text) => `${stream} ${text}`));
      for (const [stream, line] of kept.states) states.set(stream, line);
      writeFileSync(file, [...states.values()].join('\n'));
      if (kept.code === 0) break;
      kills++;
    }
    const last = await keepOf([...command, '--state', file]);
    for (const [stream, texts] of last.records) landed.push(...texts.map((text) => `${stream} ${text}`));
    const there = new Set(landed);
    const missing = all.filter((text) => !there.has(text)).length;
    const twice = landed.length - there.size;
    judge(
      result,
      last.code === 0 && kills >= KILLS / 2 && missing === 0 && twice === 0,
      `killed ${kills} times: ${all.length} records, ${missing} missing, ${twice} twice`,
    );
  } finally {
    await jenkins.close();
    rmSync(folder, { recursive: true });
  }
  return result;
}

/** A read is resumed from every state that it sent. */
export async function jenkinsStates(): Promise<Result> {
  const jenkins = await startJenkins({ seed: 11, jobs: 12, builds: 600, levels: 3, running: 0 });
  const folder = mkdtempSync(join(tmpdir(), 'jenkins-states-'));
  const command = [...readJenkins(jenkins, folder), '--streams', STREAMS];
  try {
    const { records } = await keepOf(command);
    const count = [...records.values()].reduce((sum, texts) => sum + texts.length, 0);
    return await resumeFromEach({
      what: `${count} builds, stages and reports`,
      command,
      records: count,
      folder,
    });
  } finally {
    await jenkins.close();
    rmSync(folder, { recursive: true });
  }
}
