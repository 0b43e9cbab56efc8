import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Output, readOutput, runProcess, statesAfter } from '@headrace/sdk/testing';
import type { Result } from './result.ts';

/** Processes side by side. */
const AT_ONCE = 2;
const options = { env: { HEADRACE_STATE_INTERVAL_MS: '0' }, timeoutMs: 300_000 };

/** A source and what it is to read. */
export interface Resumable {
  /** What it reads, for the report. */
  readonly what: string;
  /** With `read` and its configuration. */
  readonly command: readonly string[];
  /** How many records a whole read brings, no two of a stream alike. */
  readonly records: number;
  /** For the states' files. */
  readonly folder: string;
}

/** Reads all, then resumes from every STATE that was sent: what stood before it and the rest are the whole. */
export async function resumeFromEach({ what, command, records, folder }: Resumable): Promise<Result> {
  const read = async (...more: string[]): Promise<Output> => {
    const { code, stdout, stderr } = await runProcess([...command, ...more], options);
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${stderr}`);
    return readOutput(stdout);
  };
  const whole = await read();
  const all = new Set(whole.records.map(nameOf));
  if (all.size !== records || whole.records.length !== records)
    throw new Error(`a whole read brought ${whole.records.length} records, ${all.size} of them different`);
  const result = { passed: 0, failed: 0 };
  let twice = 0;
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < whole.states.length) {
      const count = ++next;
      const file = join(folder, `${count}.json`);
      writeFileSync(file, JSON.stringify(statesAfter(whole, count)));
      const { records: rest } = await read('--state', file);
      const landed = [...coveredBy(whole, count), ...rest].map(nameOf);
      const missing = all.size - new Set(landed).size;
      twice += landed.length - new Set(landed).size;
      if (missing === 0) result.passed++;
      else {
        result.failed++;
        process.stdout.write(`  from state ${count}: ${missing} records missing\n`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  process.stdout.write(
    `resumed from each of ${whole.states.length} states of ${what}: complete ${result.passed} times, records that came twice ${twice}\n`,
  );
  return result;
}

/** What a destination has kept after the first `count` states: of each stream what stood before its last one. */
function coveredBy({ records, states }: Output, count: number): Output['records'] {
  const ends = new Map<string | undefined, number>();
  for (const { state, after } of states.slice(0, count))
    ends.set(state.stream?.stream_descriptor.name, after);
  return records.filter(({ stream }, at) => at < (ends.get(stream) ?? 0));
}

const nameOf = ({ stream, text }: Output['records'][number]): string => `${stream} ${text}`;
