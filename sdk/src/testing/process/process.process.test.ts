import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  endOf,
  hostileSource,
  readOutput,
  runProcess,
  startProcess,
  statesAfter,
  statusesOf,
} from '../index.ts';
import { endsWithin } from './connector-process.ts';
import { ProgressCounter } from './progress.ts';

const LINES = [
  '{"type":"RECORD","record":{"stream":"a","emitted_at":1763680000000,"data":{"text":"größe \\"STATE\\" 🚀"}}}',
  '{"record":{"data":{"type":"STATE"},"stream":"a","emitted_at":1},"type":"RECORD"}',
  '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"},"stream_state":{}}}}',
  '{"type":"LOG","log":{"level":"INFO","message":"{\\"type\\":\\"RECORD\\"}"}}',
  'not a message',
  '',
];

describe('progress', () => {
  it('is counted the same however the output is cut', () => {
    const outputs = fc.array(fc.constantFrom(...LINES), { maxLength: 40 });
    const cuts = fc.array(fc.nat(), { maxLength: 10 });
    fc.assert(
      fc.property(outputs, cuts, fc.boolean(), (lines, places, whole) => {
        const text = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const bytes = whole ? text : text.subarray(0, Math.max(0, text.length - 1));
        const counter = new ProgressCounter();
        let from = 0;
        for (const to of [...places.map((n) => n % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
          counter.add(bytes.subarray(from, to));
          from = Math.max(from, to);
        }
        const seen = whole ? lines : lines.slice(0, -1);
        const of = (...which: number[]): number =>
          seen.filter((line) => which.includes(LINES.indexOf(line))).length;
        expect({ ...counter }).toMatchObject({ lines: seen.length, records: of(0, 1), states: of(2) });
        expect(counter.bytes).toBe(Buffer.byteLength(seen.map((line) => `${line}\n`).join('')));
      }),
      { numRuns: 500 },
    );
  });

  it('reaches a point by the first of its numbers', () => {
    const counter = new ProgressCounter();
    expect([counter.reached({}), counter.reached({ records: 1 })]).toEqual([true, false]);
    counter.add(Buffer.from(`${LINES[0]}\n${LINES[2]}\n`));
    expect(
      [{ records: 2 }, { records: 2, states: 1 }, { lines: 2 }].map((point) => counter.reached(point)),
    ).toEqual([false, true, true]);
  });
});

describe('a process', () => {
  it('is killed at its progress, and what it had written is there', async () => {
    const child = startProcess([...hostileSource({ records: 5000, pauseMs: 1 }), 'read']);
    const { killed, signal, stdout } = await child.killAt({ records: 40 });
    expect([killed, signal]).toEqual([true, 'SIGKILL']);
    const { records } = readOutput(stdout);
    expect(records.length).toBeGreaterThanOrEqual(40);
    expect(records.length).toBeLessThan(5000);
    expect(child.memory()).toBe(undefined);
  });

  it('that ended before its kill says so', async () => {
    const child = startProcess([...hostileSource({ records: 3 }), 'read']);
    expect(await child.killAt({ records: 1000 })).toMatchObject({ killed: false, code: 0 });
  });

  it('stands still while nobody reads it', async () => {
    const child = startProcess([...hostileSource({ records: 20_000 }), 'read']);
    await child.reached({ records: 100 });
    child.pause();
    const before = await standing(child.progress);
    expect(await endsWithin(child, 300)).toBe(undefined);
    expect(child.progress.records).toBe(before);
    expect(child.memory()?.peak ?? 1).toBeGreaterThan(0);
    child.resume();
    expect((await child.ended).code).toBe(0);
    expect(child.progress.records).toBe(40_000);
  });

  it('takes its input, its environment and its time', async () => {
    const echo = 'process.stdin.pipe(process.stdout); process.stderr.write(process.env.WHO ?? "nobody")';
    const ended = await runProcess([process.execPath, '-e', echo], { stdin: 'größe\n', env: { WHO: 'me' } });
    expect([ended.stdout.toString(), ended.stderr]).toEqual(['größe\n', 'me']);
    const late = runProcess([process.execPath, '-e', 'setInterval(() => {}, 1000)'], { timeoutMs: 300 });
    expect(await late).toMatchObject({ code: null, signal: 'SIGKILL' });
    await expect(runProcess(['/no/such/program'])).rejects.toThrow(/ENOENT/);
  });
});

/** The final progress, after all pending output has arrived. */
async function standing(progress: ProgressCounter): Promise<number> {
  for (let last = -1; ; ) {
    if (progress.records === last) return last;
    last = progress.records;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

it('an output is read by streams: ends, statuses, and the states that a platform would hand back', async () => {
  const { stdout } = await runProcess([...hostileSource({ records: 50 }), 'read']);
  const output = readOutput(stdout);
  expect(statusesOf(output, 'b').map(({ status }) => status)).toEqual(['STARTED', 'RUNNING', 'COMPLETE']);
  expect([endOf(output, 'a'), endOf(output, 'c')]).toEqual(['COMPLETE', undefined]);
  expect(output.states.map(({ after }) => after)).toEqual([20, 40, 50, 70, 90, 100]);
  const at = (count: number): unknown[] =>
    statesAfter(output, count).map(({ stream }) => stream?.stream_state);
  expect([at(0), at(2), at(4)]).toEqual([[], [{ at: 40 }], [{ at: 50 }, { at: 20 }]]);
});
