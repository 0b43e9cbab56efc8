import fc from 'fast-check';
import { expect, test } from 'vitest';
import { settle } from './dead-letters.ts';
import type { Outcome, StreamResult } from './events.ts';
import type { DeadLetter, RunEntry } from './ports.ts';

const numRuns = Math.ceil(5000 * Number(process.env.HEADRACE_FUZZ ?? '0.2'));
const NAMES = ['a', 'b', 'c'];
const counts = { records: 0, bytes: 0, committed: 0, rejected: 0, states: 0, waitedMs: 0, generation: 0 };

/** A run of some streams, of which some are complete; or one that failed before it knew them. */
const aRun = fc.record({
  asked: fc.option(fc.subarray(NAMES, { minLength: 1 }), { nil: undefined }),
  complete: fc.subarray(NAMES),
  ending: fc.constantFrom('usual', 'usual', 'usual', 'interrupted', 'early'),
});

function runOf(
  { asked, complete, ending }: typeof aRun extends fc.Arbitrary<infer T> ? T : never,
  number: number,
): RunEntry {
  const streams = (ending === 'early' ? [] : (asked ?? NAMES)).map(
    (name): StreamResult => ({ ...counts, name, status: 'RUNNING', complete: complete.includes(name) }),
  );
  const isComplete = streams.length > 0 && streams.every((one) => one.complete);
  const hasSome = streams.some((one) => one.complete);
  const unfinished: Outcome = ending === 'interrupted' ? 'interrupted' : hasSome ? 'partial' : 'failed';
  return {
    tenant: 't',
    job: 'j',
    number,
    started: number,
    ended: number,
    attempts: 1,
    tries: [],
    options: { check: true, ...(asked ? { streams: asked } : {}) },
    outcome: isComplete ? 'complete' : unfinished,
    exitCode: 0,
    streams,
    errors: [],
    process: '',
  };
}

test('a dead letter is open exactly as long as something that failed has not been completed', () => {
  fc.assert(
    fc.property(fc.array(aRun, { maxLength: 12 }), (runs) => {
      let letter: DeadLetter | undefined;
      // What failed and was not completed since. A run that failed early failed at everything that it was asked for.
      const left = new Set<string>();
      let hadEarly = false;
      for (const [k, given] of runs.entries()) {
        const run = runOf(given, k + 1);
        const settled = settle(letter, run);
        if (settled && 'open' in settled) letter = { id: 1, ...settled.open };
        else if (settled) letter = undefined;

        const asked = given.asked ?? NAMES;
        const done = run.streams.filter(({ complete }) => complete).map(({ name }) => name);
        const failed = run.outcome === 'partial' || run.outcome === 'failed';
        for (const name of done) left.delete(name);
        if (failed) for (const name of asked) if (!done.includes(name)) left.add(name);
        if (run.outcome === 'complete' && !given.asked) left.clear();

        // Nothing that is left may be forgotten; before its streams are known, a letter stands for all of them.
        if (left.size > 0) {
          expect(letter).toBeDefined();
          if (letter?.streams) {
            const known = letter.streams.map(({ name }) => name);
            expect([...left].every((name) => known.includes(name))).toBe(true);
          }
          const again = letter?.options.streams;
          if (again) expect([...left].every((name) => again.includes(name))).toBe(true);
        }
        // Where every run knew its streams, the letter has exactly what is left.
        hadEarly ||= given.ending === 'early';
        if (!hadEarly)
          expect(letter?.streams?.map(({ name }) => name).sort() ?? []).toEqual([...left].sort());
        if (!letter) hadEarly = false;
        // A run of everything that is complete leaves none.
        if (run.outcome === 'complete' && !given.asked) expect(letter).toBeUndefined();
        if (letter?.streams) expect(letter.streams.length).toBeGreaterThan(0);
      }
    }),
    { numRuns },
  );
});
