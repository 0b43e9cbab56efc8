import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Output, readOutput, runProcess, startTestApi, statesAfter } from '@headrace/sdk/testing';

const PARTITIONS = 20;
const RECORDS = 100;
/** Processes side by side. */
const AT_ONCE = 2;
const SOURCE = fileURLToPath(new URL('../../sdk/test/reference-source/main.ts', import.meta.url));
const env = { HEADRACE_STATE_INTERVAL_MS: '0' };

/** A read of 2,000 records in 20 partitions side by side is resumed from every STATE that it sent. */
export async function everyState(): Promise<{ passed: number; failed: number }> {
  const api = await startTestApi({ partitions: PARTITIONS, records: RECORDS, pageSize: 10, perInstant: 3 });
  const folder = mkdtempSync(join(tmpdir(), 'every-state-'));
  const config = join(folder, 'c.json');
  writeFileSync(config, JSON.stringify({ base_url: api.url, token: api.token }));
  const flags = process.execArgv.filter((flag) => flag.startsWith('--conditions'));
  const read = async (...more: string[]): Promise<Output> => {
    const command = [process.execPath, ...flags, SOURCE, 'read', '--config', config, '--streams', 'items'];
    const { code, stdout, stderr } = await runProcess([...command, ...more], { env });
    if (code !== 0) throw new Error(`the reference source ended with ${code}: ${stderr}`);
    return readOutput(stdout);
  };
  const result = { passed: 0, failed: 0 };
  let twice = 0;
  try {
    const whole = await read();
    const all = new Set(whole.records.map(({ text }) => text));
    if (all.size !== PARTITIONS * RECORDS) throw new Error(`a whole read brought ${all.size} records`);
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < whole.states.length) {
        const count = ++next;
        const file = join(folder, `${count}.json`);
        writeFileSync(file, JSON.stringify(statesAfter(whole, count)));
        const before = whole.records.slice(0, whole.states[count - 1]!.after);
        const union = [...before, ...(await read('--state', file)).records].map(({ text }) => text);
        const missing = all.size - new Set(union).size;
        twice += union.length - new Set(union).size;
        if (missing === 0) result.passed++;
        else {
          result.failed++;
          process.stdout.write(`  from state ${count}: ${missing} records missing\n`);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    process.stdout.write(
      `resumed from each of ${whole.states.length} states of ${all.size} records in ${PARTITIONS} partitions: ` +
        `complete ${result.passed} times, records that came twice ${twice}\n`,
    );
  } finally {
    await api.stop();
    rmSync(folder, { recursive: true });
  }
  return result;
}
