import { afterEach, beforeEach, expect, it } from 'vitest';
import { Journal } from '../src/journal/journal.ts';
import { type Problem, verify } from '../src/verify/verify.ts';
import { Bench, type Running, record, state, status } from './process.ts';
import { OWNER } from './store.ts';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.remove());

/** Verifies again and again until a process has ended. @returns how often, and what was found */
async function verifyDuring(running: Running): Promise<{ times: number; problems: Problem[] }> {
  const problems: Problem[] = [];
  const report = (problem: Problem): void => {
    problems.push(problem);
  };
  let over = false;
  const ended = running.ended.then(() => {
    over = true;
  });
  let times = 0;
  for (; !over; times++) {
    const journal = await Journal.openExisting(bench.path);
    if (journal) await verify({ root: bench.path, journal, source: OWNER.source, report });
    journal?.close();
  }
  await ended;
  return { times, problems };
}

it('verify holds nothing against a run or a compaction that goes on meanwhile', {
  timeout: 120_000,
}, async () => {
  const settings = { source: OWNER.source, commit_mb: 0, max_file_mb: 0.002, compression: 'none' };
  const writing = bench.start(['write'], settings);
  const during = verifyDuring(writing);
  await writing.write(status('a', 'STARTED'));
  for (let k = 0; k < 40; k++) {
    // Every second record stands there twice: the compaction has something to drop.
    await writing.write(record('a', { k: k >> 1, pad: 'x'.repeat(1000) }) + state('a', k, 1));
    if (k % 10 === 0) await writing.echoed(k);
  }
  writing.child.stdin?.end(status('a', 'COMPLETE'));
  const written = await during;
  expect(written.problems).toEqual([]);
  expect(await writing.ended).toMatchObject({ code: 0 });
  const compacted = await verifyDuring(bench.start(['compact'], { ...settings, max_file_mb: 1 }));
  expect(compacted.problems).toEqual([]);
  expect(Math.min(written.times, compacted.times)).toBeGreaterThan(2);
});
