import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FarosConfig, FarosStream, JsonObject } from './cdk.ts';
import { type FarosFrom, farosCursor } from './cursor.ts';
import { readSlices } from './slices.ts';

/*
 * Sources of every kind fail at any point in several runs, and are killed at any point. The records before the
 * STATE that a run resumes from, plus the records sent afterwards, must be all records.
 */

interface Item {
  slice: string;
  n: number;
}

interface Kind {
  /** Records per slice. */
  readonly slices: readonly number[];
  readonly interval: number | undefined;
  /** True: one state per slice. False: a single number, and records are ordered across all slices. */
  readonly keyed: boolean;
  /** Newest first. The state is then safe only after a whole slice, so there is no interval. */
  readonly descending: boolean;
  /** True if getUpdatedState changes its argument. */
  readonly inPlace: boolean;
  readonly independent: boolean;
  readonly most: number;
  /** For each run: the number of records before a failure, and whether that is a NonFatalError. */
  readonly failures: ReadonlyArray<{ readonly after: number; readonly nonFatal: boolean }>;
  /** Milliseconds per record; determines where pages end. */
  readonly pace: number;
  /** Number of pages written before the process is killed. */
  readonly kill: number;
}

const log = { debug() {}, info() {}, warn() {}, error() {} };

function streamOf(
  kind: Kind,
  failure: Kind['failures'][number] | undefined,
  clock: { now: number },
): FarosStream {
  let left = failure?.after ?? Number.POSITIVE_INFINITY;
  return {
    name: 's',
    supportsIncremental: true,
    stateCheckpointInterval: kind.interval,
    asAirbyteStream: () => ({}),
    async *streamSlices() {
      for (const [k] of kind.slices.entries()) yield { slice: `s${k}` };
    },
    async *readRecords(_mode, _cursor, slice, state) {
      const name = slice!.slice as string;
      const k = Number(name.slice(1));
      const before = kind.slices.slice(0, k).reduce((sum, count) => sum + count, 0);
      const from = kind.keyed
        ? ((state?.[name] as number) ?? 0)
        : Math.max(0, ((state?.done as number) ?? 0) - before);
      const end = kind.slices[k]!;
      for (let step = from; step < end; step++) {
        const n = kind.descending ? end - 1 - (step - from) : step;
        clock.now += kind.pace;
        if (left-- <= 0) {
          left = Number.POSITIVE_INFINITY;
          throw Object.assign(new Error('no'), failure!.nonFatal ? { name: 'NonFatalError' } : {});
        }
        yield { slice: name, n, before };
      }
    },
    getUpdatedState(state, latest) {
      const { slice, n, before } = latest as Item & { before: number };
      const [name, value] = kind.keyed ? [slice, n + 1] : ['done', before + n + 1];
      const change = { [name]: Math.max(value, (state[name] as number) ?? 0) };
      return kind.inPlace ? Object.assign(state, change) : { ...state, ...change };
    },
  };
}

interface Outcome {
  readonly sent: string[];
  /** The last STATE, and the number of records before it. */
  readonly state: { readonly saved: JsonObject; readonly covers: number } | undefined;
  readonly failed: boolean;
}

/** One run as the engine does it, with a STATE after every page that allows one. */
async function run(
  kind: Kind,
  saved: JsonObject | undefined,
  failure: Kind['failures'][number] | undefined,
  pages: number,
): Promise<Outcome> {
  const clock = { now: 0 };
  const scan = await farosCursor({
    state: (saved?.state as JsonObject) ?? {},
    beside: undefined,
    backfill: false,
    supportsIncremental: true,
    turns: undefined,
  }).open(saved, { begin: async () => 0, warn() {}, full: false });
  const part = scan.parts[0]!;
  const { end: _, ...from } = part.from as FarosFrom;
  const config: FarosConfig = { max_slice_failures: kind.most };
  const sent: string[] = [];
  let state: Outcome['state'];
  const stateNow = (): void => {
    if (scan.settled!()) state = { saved: JSON.parse(JSON.stringify(scan.state())), covers: sent.length };
  };
  try {
    for await (const page of readSlices({
      ...from,
      stream: streamOf(kind, failure, clock),
      cursorField: undefined,
      config,
      independent: kind.independent,
      nonFatal: 'slice',
      log,
      now: () => clock.now,
    })) {
      if (pages-- <= 0) return { sent, state, failed: true };
      for (let row = 0; row < page.count; row++) {
        const { slice, n } = JSON.parse(Buffer.from(page.record(row)).toString()) as Item;
        sent.push(`${slice}/${n}`);
      }
      part.advance(page);
      stateNow();
    }
    part.finish();
    stateNow();
    return { sent, state, failed: false };
  } catch (error) {
    expect(error).toMatchObject({ message: expect.stringContaining('no') });
    return { sent, state, failed: true };
  }
}

const kinds: fc.Arbitrary<Kind> = fc.record({
  slices: fc.array(fc.nat(12), { minLength: 1, maxLength: 5 }),
  interval: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  keyed: fc.boolean(),
  descending: fc.boolean(),
  inPlace: fc.boolean(),
  independent: fc.boolean(),
  most: fc.constantFrom(0, -1, 1),
  failures: fc.array(fc.record({ after: fc.nat(30), nonFatal: fc.boolean() }), { maxLength: 3 }),
  pace: fc.constantFrom(0, 20, 60, 200),
  kill: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat(8)),
});

test('what stands before the STATE and what a resume brings is everything', async () => {
  let failedRuns = 0;
  let resumedWithState = 0;
  const property = fc.asyncProperty(kinds, async (any) => {
    // Only slices that have their own state can be independent.
    const kind = {
      ...any,
      independent: any.independent && any.keyed,
      descending: any.descending && any.interval === undefined,
    };
    const all = kind.slices.flatMap((count, k) => Array.from({ length: count }, (_, n) => `s${k}/${n}`));
    let saved: JsonObject | undefined;
    /** The records that the STATE of the resumed run covers. */
    let covered: string[] = [];
    for (const failure of [...kind.failures, undefined]) {
      const outcome = await run(kind, saved, failure, failure ? kind.kill : Number.POSITIVE_INFINITY);
      if (outcome.failed) failedRuns++;
      if (saved) resumedWithState++;
      // A STATE accounts for the records before it, so they must not be sent again (except for failed independent
      // slices).
      if (!kind.independent) for (const id of outcome.sent) expect(covered).not.toContain(id);
      if (outcome.state) {
        saved = outcome.state.saved;
        covered = [...covered, ...outcome.sent.slice(0, outcome.state.covers)];
      }
      if (failure === undefined) {
        expect(outcome.failed).toBe(false);
        expect([...new Set([...covered, ...outcome.sent])].sort()).toEqual([...all].sort());
      }
    }
  });
  // A fifth of the runs of `npm run test:long`.
  const numRuns = Math.ceil(3000 * Number(process.env.HEADRACE_FUZZ ?? '0.2'));
  await fc.assert(property, { numRuns });
  expect(failedRuns).toBeGreaterThan(numRuns / 10);
  expect(resumedWithState).toBeGreaterThan(numRuns / 10);
});
