import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ConfiguredStream } from '../../protocol/catalog.ts';
import { RecordLine } from '../../protocol/message-reader.ts';
import { batchHalf } from '../batches/batch-half.ts';
import type { DestinationEnv } from '../define.ts';
import { commitNumber, stateOf } from '../store/committed.ts';
import { type Fault, StepsInMemory } from '../store/steps-in-memory.test-support.ts';
import { storeWriter } from './store-writer.ts';

const quiet = (): void => undefined;
const env: DestinationEnv = {
  now: () => 1000,
  sleep: async () => undefined,
  random: () => 0.5,
  log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  processEnv: {},
};

const NAME = { name: 'a' };
type Mode = Pick<ConfiguredStream, 'syncMode' | 'destinationSyncMode'>;
const asked = (mode: Mode, more: Partial<ConfiguredStream> = {}): ConfiguredStream => ({
  ...NAME,
  ...mode,
  jsonSchema: {},
  primaryKey: [['id']],
  cursorField: ['v'],
  ...more,
});

/** A state of one of our sources. Without a position all of the stream was read. */
const ours = (at?: number): string =>
  JSON.stringify({
    type: 'STREAM',
    stream: {
      stream_descriptor: NAME,
      stream_state: { version: 1, origin: 'x', partitions: at === undefined ? {} : { p: { at } } },
    },
  });
const positionIn = (json: string | undefined): number => {
  const { stream } = JSON.parse(json ?? '{"stream":{"stream_state":{}}}') as {
    stream: { stream_state: { partitions?: { p?: { at: number } } } };
  };
  return stream.stream_state.partitions?.p?.at ?? 0;
};

interface RunPlan {
  /** Records before each state. */
  readonly pages: readonly number[];
  /** The run ends after so many pages, with records of the next one sent and not covered; undefined: complete. */
  readonly breaksAfter: number | undefined;
  /** It is killed there; else told to stop, which gives up what is not covered. */
  readonly isKilled: boolean;
  /** What becomes of the commit after so many pages. */
  readonly faults: readonly Fault[];
  /** Memory for records that wait: with little they go to the disk. */
  readonly memory: number;
}

const plans = fc.array(
  fc.record({
    pages: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 }),
    breaksAfter: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    isKilled: fc.boolean(),
    faults: fc.array(fc.constantFrom<Fault>(undefined, undefined, 'refused', 'answer lost'), {
      maxLength: 4,
    }),
    memory: fc.constantFrom(0, 1_000_000),
  }),
  { minLength: 1, maxLength: 6 },
);

/** A source: its records from a position on, in pages; `wholeFrom` starts at 0 again after a whole read. */
interface Source {
  readonly isIncremental: boolean;
  /** So many records before its state come again. */
  readonly again: number;
  record(position: number, run: number): object;
}

/** A run of source and destination; true if it came to its end. */
async function run(
  store: StepsInMemory,
  source: Source,
  ask: ConfiguredStream | undefined,
  plan: RunPlan,
  number: number,
): Promise<boolean> {
  const settings = {
    ...{ seconds: 1, bytes: 1, onCountMismatch: 'fail' as const, source: 's', scope: 'main' },
    runId: `r${number}`,
  };
  const writer = storeWriter({
    name: 'memory-destination',
    settings,
    env,
    open: () => ({ store, half: batchHalf(plan.memory) }),
  });
  const committed = await store.load();
  let at = Math.max(0, positionIn(stateOf(committed, NAME)?.json) - source.again);
  let total = 0;
  const signal = new AbortController().signal;
  await writer.begin({ sourceName: 's', streams: [NAME], stateCommit: commitNumber(committed), signal });
  writer.batch(Buffer.from('{}'));
  const sink = writer.stream(NAME, ask);
  const send = (count: number): void => {
    for (let k = 0; k < count; k++)
      sink.write(RecordLine.of('a', JSON.stringify(source.record(at + k, number))));
  };
  const counts = () => new Map([[NAME, { stored: total, quarantined: 0, rolledBack: 0 }]]);
  try {
    for (const [k, page] of plan.pages.entries()) {
      if (k === plan.breaksAfter) {
        send(page);
        if (plan.isKilled) throw new Error('killed');
        await sink.rollBack();
        await writer.commit([], counts());
        await writer.end();
        return false;
      }
      send(page);
      at += page;
      total += page;
      sink.mark();
      const isLast = k === plan.pages.length - 1;
      const json = ours(isLast && !source.isIncremental ? undefined : at);
      if (isLast) sink.complete?.('said');
      store.fault = plan.faults[k];
      // A commit is on its way while more comes.
      const commit = writer.commit([{ kind: 'STREAM', stream: NAME, json }], counts());
      writer.batch(Buffer.from('{}'));
      await commit;
    }
    await writer.end();
    return true;
  } catch (error) {
    store.fault = undefined;
    await writer.abort();
    if (!/killed|closed before COMMIT/.test((error as Error).message)) throw error;
    return false;
  }
}

const ids = (lines: readonly string[]): number[] =>
  lines.map((line) => (JSON.parse(line) as { id: number }).id).sort((a, b) => a - b);
const upTo = (end: number): number[] => Array.from({ length: end }, (_, k) => k);

it('append: whatever is killed or whose answer is lost, each record before the committed state is there once', async () => {
  const source: Source = { isIncremental: true, again: 0, record: (id) => ({ id }) };
  await fc.assert(
    fc.asyncProperty(plans, fc.boolean(), async (runs, hasCatalog) => {
      const store = new StepsInMemory();
      const mode = { syncMode: 'incremental', destinationSyncMode: 'append' } as const;
      for (const [k, plan] of runs.entries()) {
        await run(store, source, hasCatalog ? asked(mode) : undefined, plan, k);
        const position = positionIn(stateOf(store.committed, NAME)?.json);
        expect(ids(store.visible('a'))).toEqual(upTo(position));
      }
      const stored = (await store.look()).totals.reduce((sum, one) => sum + one.stored, 0);
      expect(stored).toBe(store.visible('a').length);
    }),
    { numRuns: 150 },
  );
});

it('overwrite: readers see one complete copy, that of the last run that came to its end', async () => {
  await fc.assert(
    fc.asyncProperty(plans, fc.boolean(), async (runs, hasKey) => {
      const store = new StepsInMemory();
      // A record says in which run it was read; a run that goes on brings some again.
      const source: Source = { isIncremental: false, again: 1, record: (id) => ({ id }) };
      const mode = { syncMode: 'full_refresh', destinationSyncMode: 'overwrite' } as const;
      let seen: number[] = [];
      for (const [k, plan] of runs.entries()) {
        const start = Math.max(0, positionIn(stateOf(store.committed, NAME)?.json) - source.again);
        const begun = [...store.tables].filter(([name]) => name.includes('beside'));
        const there = ids(begun.flatMap(([, rows]) => rows.map(({ data }) => data)));
        const ask = asked(mode, hasKey ? {} : { primaryKey: undefined, cursorField: undefined });
        const done = await run(store, source, ask, plan, k);
        if (done) {
          const end = start + plan.pages.reduce((sum, page) => sum + page, 0);
          seen = upTo(Math.max(end, 1 + Math.max(-1, ...there)));
        }
        expect(ids(store.visible('a'))).toEqual(seen);
      }
      // Nothing is left beside but an unfinished copy.
      const beside = [...store.tables.keys()].filter((name) => name.includes('beside'));
      expect(beside.length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 150 },
  );
});

it('append_dedup: one record a key, the newest by its cursor, also of what was appended before', async () => {
  await fc.assert(
    fc.asyncProperty(plans, fc.array(fc.boolean()), async (runs, appends) => {
      const store = new StepsInMemory();
      // Keys come again with versions that are older or newer.
      const version = (position: number): number => (position * 7) % 11;
      const source: Source = {
        isIncremental: true,
        again: 0,
        record: (position) => ({ id: position % 5, v: version(position), position }),
      };
      for (const [k, plan] of runs.entries()) {
        const isAppend = appends[k] === true;
        const mode = {
          syncMode: 'incremental',
          destinationSyncMode: isAppend ? 'append' : 'append_dedup',
        } as const;
        const before = store.committed.number;
        await run(store, source, asked(mode), plan, k);
        const wrote = store.committed.number > before && plan.pages.some((page) => page > 0);
        if (isAppend || !wrote) continue;
        const sent = upTo(positionIn(stateOf(store.committed, NAME)?.json));
        const newest = new Map<number, number>();
        for (const position of sent) {
          const known = newest.get(position % 5);
          if (known === undefined || version(position) >= version(known)) newest.set(position % 5, position);
        }
        const found = store
          .visible('a')
          .map((line) => (JSON.parse(line) as { position: number }).position)
          .sort((a, b) => a - b);
        if (store.steps.at(-1)?.startsWith('dedup'))
          expect(found).toEqual([...newest.values()].sort((a, b) => a - b));
      }
    }),
    { numRuns: 150 },
  );
});

it('a second pipe is refused, and stores nothing', async () => {
  const store = new StepsInMemory();
  const source: Source = { isIncremental: true, again: 0, record: (id) => ({ id }) };
  const mode = { syncMode: 'incremental', destinationSyncMode: 'append' } as const;
  const plan = { pages: [2], breaksAfter: undefined, isKilled: false, faults: [], memory: 1000 };
  const second = storeWriter({
    name: 'memory-destination',
    settings: { seconds: 1, bytes: 1, onCountMismatch: 'fail', source: 's', scope: 'main', runId: 'other' },
    env,
    open: () => ({ store, half: batchHalf() }),
  });
  const start = { sourceName: 's', streams: [NAME], signal: new AbortController().signal };
  await second.begin({ ...start, stateCommit: 0 });
  const sink = second.stream(NAME, undefined);
  sink.write(RecordLine.of('a', '{"id":9}'));
  sink.mark();
  expect(await run(store, source, asked(mode), plan, 1)).toBe(true);
  const late = second.commit([{ kind: 'STREAM', stream: NAME, json: ours(9) }], new Map());
  await expect(late).rejects.toThrow('another pipe wrote since');
  await second.abort();
  expect(ids(store.visible('a'))).toEqual([0, 1]);
  // And one that begins from old states is not even let in.
  await expect(second.begin({ ...start, stateCommit: 0 })).rejects.toThrow('another pipe wrote since');
});
