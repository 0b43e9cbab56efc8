import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  checkMessages,
  DESTINATION_SINS,
  type HostileSourceOptions,
  hostileDestination,
  hostileSource,
  readOutput,
  runProcess,
  SOURCE_SINS,
  type SourceSin,
  startProcess,
  writeExecutable,
} from '../index.ts';

const folder = mkdtempSync(join(tmpdir(), 'headrace-hostile-'));
afterAll(() => rmSync(folder, { recursive: true }));

const streams = [{ name: 'a' }, { name: 'b' }];
const read = (options: HostileSourceOptions) => runProcess([...hostileSource(options), 'read']);

/** The rule of the checklist that each fault violates, if the protocol checker can detect it. */
const BREAKS: Partial<Record<SourceSin, number>> = {
  'counts-too-many': 36,
  'counts-too-few': 36,
  'no-counts': 36,
  'no-states': 35,
  'equal-states': 38,
  'legacy-states': 37,
  'mixed-states': 37,
  'foreign-state': 13,
  'foreign-records': 13,
  'records-after-complete': 29,
  'no-statuses': 29,
  'no-complete': 29,
  'no-newline-at-end': 10,
  garbage: 10,
  'odd-messages': 10,
  'empty-records': 12,
  'carriage-returns': 11,
};
/** Faults that are only visible in the exit code, stderr, sizes or contents. */
const ELSEWHERE = ['exit-0-after-failure', 'huge-line', 'stderr-storm', 'ignores-sigterm', 'repeats-records'];

describe('the hostile source', () => {
  it('is a good one without sins', async () => {
    const { stdout, code, stderr } = await read({});
    expect([code, stderr]).toEqual([0, '']);
    expect(checkMessages(stdout, { command: 'read', streams })).toEqual([]);
    expect(readOutput(stdout).records).toHaveLength(200);
    for (const verb of ['spec', 'check', 'discover'] as const)
      expect(checkMessages((await runProcess([...hostileSource(), verb])).stdout, { command: verb })).toEqual(
        [],
      );
  });

  it.each(SOURCE_SINS)('sins: %s', async (sin) => {
    const { stdout, stderr } = await read({ sins: [sin] });
    const rules = checkMessages(stdout, { command: 'read', streams }).map(({ rule }) => rule);
    if (ELSEWHERE.includes(sin)) {
      if (sin === 'stderr-storm') expect(stderr.length).toBeGreaterThan(1_000_000);
      if (sin === 'huge-line') expect(stdout.length).toBeGreaterThan(5_000_000);
      if (sin === 'repeats-records') expect(readOutput(stdout).records.length).toBeGreaterThan(200);
    } else expect(rules).toContain(BREAKS[sin]);
  });

  it('dies where it is told to, and goes on from a state', async () => {
    const { stdout, signal } = await read({ dies: { records: 130 } });
    expect(signal).toBe('SIGKILL');
    const { records, states } = readOutput(stdout);
    expect(records).toHaveLength(130);
    expect(await read({ dies: { records: 5, by: 0 } })).toMatchObject({ code: 0 });
    const state = join(folder, 'state.json');
    const { writeFileSync } = await import('node:fs');
    writeFileSync(state, JSON.stringify([states.at(-1)!.state]));
    const rest = await runProcess([...hostileSource(), 'read', '--state', state]);
    expect(readOutput(rest.stdout).records.filter(({ stream }) => stream === 'b')).toHaveLength(80);
  });

  it('does not end at SIGTERM if it is told not to', async () => {
    const child = startProcess([...hostileSource({ sins: ['ignores-sigterm'], lingersMs: 60_000 }), 'read']);
    await child.reached({ records: 200 });
    child.child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(child.child.exitCode).toBe(null);
    expect(await child.killAt({})).toMatchObject({ signal: 'SIGKILL', killed: true });
  });

  it('becomes a file that can be started', () => {
    const path = writeExecutable(join(folder, 'it’s a source'), hostileSource({ records: 3 }));
    expect(execFileSync(path, ['read'], { encoding: 'utf8' }).match(/"RECORD"/g)).toHaveLength(6);
  });
});

describe('the hostile destination', () => {
  const [program = '', ...args] = [...hostileSource({ records: 60 }), 'read'];
  const input = spawnSync(program, args).stdout;
  const write = (options: Parameters<typeof hostileDestination>[0]) =>
    runProcess([...hostileDestination(options), 'write'], { stdin: input });
  const at = (stdout: Buffer): unknown[] =>
    readOutput(stdout).states.map(({ state }) => state.stream?.stream_state?.at);
  const inOrder = [20, 40, 60, 60, 20, 40, 60, 60];

  it('is a good one without sins', async () => {
    const file = join(folder, 'kept.jsonl');
    const { stdout, code } = await write({ file });
    expect([code, at(stdout)]).toEqual([0, inOrder]);
    expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(120);
    expect(checkMessages(stdout, { command: 'write' })).toEqual([]);
  });

  it.each(DESTINATION_SINS)('sins: %s', async (sin) => {
    const { stdout, stderr, code } = await write({ sins: [sin] });
    const echoes = at(stdout);
    switch (sin) {
      case 'never-echoes':
        return expect(echoes).toEqual([]);
      case 'echoes-twice':
        return expect(echoes).toHaveLength(16);
      case 'echoes-out-of-order':
        return expect(echoes).toEqual([40, 20, 60, 60, 40, 20, 60, 60]);
      case 'echoes-altered':
        return expect(stdout.includes('sourceStats')).toBe(false);
      case 'counts-too-few':
        return expect(readOutput(stdout).states[0]!.state.destinationStats).toEqual({ recordCount: 19 });
      case 'garbage':
      case 'no-newline-at-end':
        return expect(checkMessages(stdout, { command: 'write' })).not.toEqual([]);
      case 'stderr-storm':
        return expect(stderr.length).toBeGreaterThan(1_000_000);
      case 'exit-0-after-failure':
        return expect([code, readOutput(stdout).errors.length]).toEqual([0, 1]);
      default:
        return expect(echoes).toEqual(inOrder);
    }
  });

  it('dies and closes its pipes where it is told to', async () => {
    expect(await write({ dies: { records: 50 } })).toMatchObject({ signal: 'SIGKILL' });
    expect(await write({ closesStdinAt: 30, exit: 3 })).toMatchObject({ code: 3 });
    const { stdout } = await write({ closesStdoutAt: 30 });
    expect(at(stdout)).toEqual([20]);
  });
});
