import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startJenkins } from '@headrace/sandbox';
import { type InProcess, type InProcessOptions, runInProcess, statesAfter } from '@headrace/sdk/testing';
import source from '../../../connectors/jenkins-source/src/source.ts';
import { judge, type Result } from '../result.ts';
import { keepOf, readJenkins } from './command.ts';
import { configOf } from './world.ts';

const KILLS = 50;
const STREAMS = ['builds', 'build_stages', 'test_reports'];

/** One read that is killed 50 times and goes on each time: in the end, everything is there once. */
export async function jenkinsKills(): Promise<Result> {
  const result = { passed: 0, failed: 0 };
  const jenkins = await startJenkins({ seed: 10, jobs: 100, builds: 1500, levels: 4, running: 0 });
  const folder = mkdtempSync(join(tmpdir(), 'jenkins-kills-'));
  const command = [...readJenkins(jenkins, folder), '--streams', STREAMS.join()];
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

/** A read is resumed from every state that it sent: what stood before it and the rest are the whole, each once. */
export async function jenkinsStates(): Promise<Result> {
  const result = { passed: 0, failed: 0 };
  const jenkins = await startJenkins({ seed: 11, jobs: 8, builds: 150, levels: 3, running: 0 });
  const read = (states?: InProcessOptions['states']): Promise<InProcess> =>
    runInProcess(source, 'read', configOf(jenkins), {
      streams: STREAMS,
      states,
      env: { HEADRACE_STATE_INTERVAL_MS: '0' },
    });
  try {
    const whole = await read();
    const all = new Set(whole.records.map(nameOf));
    let missing = 0;
    let twice = 0;
    for (let count = 1; count <= whole.states.length; count++) {
      const { records } = await read(statesAfter(whole, count));
      const landed = [...coveredBy(whole, count), ...records].map(nameOf);
      const there = new Set(landed);
      missing += [...all].filter((text) => !there.has(text)).length;
      twice += landed.length - there.size;
    }
    judge(
      result,
      all.size === whole.records.length && missing === 0 && twice === 0,
      `resumed from each of ${whole.states.length} states of ${all.size} builds, stages and reports: ${missing} missing, ${twice} twice`,
    );
  } finally {
    await jenkins.close();
  }
  return result;
}

/** What a destination has kept after the first `count` states: of each stream, what stood before its last one. */
function coveredBy({ records, states }: InProcess, count: number): InProcess['records'] {
  const ends = new Map(
    states.slice(0, count).map(({ state, after }) => [state.stream?.stream_descriptor.name, after]),
  );
  return records.filter(({ stream }, at) => at < (ends.get(stream) ?? 0));
}

const nameOf = ({ stream, text }: InProcess['records'][number]): string => `${stream} ${text}`;
