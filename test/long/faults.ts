import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FAULT_KINDS, type FaultKind, type JiraSandbox, startJira } from '@headrace/sandbox';
import { endOf, type Output, readOutput, runProcess } from '@headrace/sdk/testing';
import { judge, type Result } from './result.ts';
import { readJira } from './source.ts';

const ISSUES = 600;
const RATE = 0.05;
/** Not the answers that look well and are not: tests of their own are about those. */
const KINDS: FaultKind[] = FAULT_KINDS.filter((kind) => kind !== 'repeat-token' && kind !== 'end-early');

/** All streams of jira-source while requests fail: nothing is lost, and what always fails stands alone. */
export async function faults(): Promise<Result> {
  const result = { passed: 0, failed: 0 };
  const jira = await startJira({ issues: ISSUES, seed: 31 });
  const folder = mkdtempSync(join(tmpdir(), 'faults-'));
  try {
    const whole = await read(jira, folder);
    jira.control.resetStats();
    jira.control.faultRate({ rate: RATE, kinds: KINDS });
    const faulty = await read(jira, folder);
    const happened = Object.values(jira.stats().faults).reduce((sum, count) => sum + count, 0);
    const missing = without(whole.output, faulty.output);
    judge(
      result,
      whole.code === 0 && faulty.code === 0 && missing === 0 && without(faulty.output, whole.output) === 0,
      `${happened} faults of ${KINDS.length} kinds in ${jira.stats().requests} requests: exit ${faulty.code}, ` +
        `${missing} of ${whole.output.records.length} records of all streams missing or altered`,
    );
    for (const [route, stream] of FAILING) {
      jira.control.clearFaults();
      jira.control.faultRate({ rate: RATE, kinds: KINDS });
      jira.control.fail({ route, kind: '500', times: null });
      const { code, output } = await read(jira, folder);
      const ends = [...streamsOf(whole.output)].map((name) => [name, endOf(output, name)] as const);
      const incomplete = ends.filter(([, end]) => end !== 'COMPLETE').map(([name]) => name);
      judge(
        result,
        code === 1 && incomplete.join() === stream,
        `${stream} always fails: exit ${code}, incomplete ${incomplete.join(', ')}, ${ends.length - incomplete.length} streams complete`,
      );
    }
  } finally {
    await jira.close();
    rmSync(folder, { recursive: true });
  }
  return result;
}

/** What always fails, and the only stream that may end INCOMPLETE by it. */
const FAILING = [
  ['worklog/list', 'worklogs'],
  ['changelog/bulkfetch', 'issue_changelogs'],
  ['issue/*/comment', 'comments'],
  ['dev-status/1.0/issue/detail', 'dev_status'],
] as const;

async function read(
  jira: JiraSandbox,
  folder: string,
): Promise<{ readonly code: number | null; readonly output: Output }> {
  const command = readJira(jira, folder);
  const env = { HEADRACE_BACKOFF_MS: '20' };
  const { code, stdout } = await runProcess(command, { env, timeoutMs: 600_000 });
  return { code, output: readOutput(stdout) };
}

const streamsOf = ({ states }: Output): Set<string> =>
  new Set(states.flatMap(({ state }) => state.stream?.stream_descriptor.name ?? []));

/** How many records of one output the other does not have, byte for byte. */
function without({ records }: Output, other: Output): number {
  const there = new Map<string, number>();
  const nameOf = ({ stream, text }: Output['records'][number]): string => `${stream} ${text}`;
  for (const record of other.records) there.set(nameOf(record), (there.get(nameOf(record)) ?? 0) + 1);
  let missing = 0;
  for (const record of records) {
    const left = there.get(nameOf(record)) ?? 0;
    if (left === 0) missing++;
    else there.set(nameOf(record), left - 1);
  }
  return missing;
}
