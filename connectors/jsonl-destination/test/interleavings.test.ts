import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { DestinationEnv, DestinationWriter, StreamSink } from '@headrace/sdk';
import { RecordLine } from '@headrace/sdk/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { config, type JsonlConfig } from '../src/config.ts';
import { Journal } from '../src/journal/journal.ts';
import { jsonlWriter } from '../src/store/writer.ts';
import { SyncLedger } from './power-loss.ts';
import { dataFiles, storedLines } from './stored.ts';

const STREAMS = ['a', 'b'] as const;
type Name = (typeof STREAMS)[number];

type Step =
  | { kind: 'records'; stream: Name; count: number; size: number }
  | { kind: 'state'; stream: Name }
  | { kind: 'complete'; stream: Name }
  | { kind: 'commit'; wait: boolean }
  | { kind: 'rest'; turns: number }
  | { kind: 'end' }
  | { kind: 'crash'; how: 'kill' | 'power'; turns: number; seed: number };

const stream = fc.constantFrom(...STREAMS);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('records' as const),
      stream,
      count: fc.nat(12),
      size: fc.nat(300),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('state' as const), stream }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('complete' as const), stream }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('commit' as const), wait: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rest' as const), turns: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'end' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      how: fc.constantFrom('kill' as const, 'power' as const),
      turns: fc.nat(30),
      seed: fc.nat(),
    }),
  },
);

const setup = fc.record({
  layout: fc.constantFrom('partitioned' as const, 'flat' as const),
  compression: fc.constantFrom('gzip' as const, 'zstd' as const, 'none' as const),
  max_file_mb: fc.constantFrom(0.000_5, 0.002, 128),
});

// In memory where that can be had: an fsync of the machine's disk takes a hundred times longer than what is tested.
const scratch = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'headrace-model-'));
const ledger = new SyncLedger();
beforeAll(() => ledger.listen());
afterAll(() => {
  ledger.stop();
  rmSync(scratch, { recursive: true });
});

let folders = 0;
const newFolder = (): string => join(scratch, String(++folders));

function randomOf(seed: number): () => number {
  let x = seed | 1;
  return () => {
    x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff;
    return x / 0x7fffffff;
  };
}

/** A source that starts where the states say, and a destination under test; states are counts of records. */
class World {
  readonly options: Partial<JsonlConfig>;
  root = newFolder();
  run = 0;
  writer: DestinationWriter | undefined;
  sinks = new Map<Name, StreamSink>();
  completed = new Set<Name>();
  sent: Record<Name, number> = { a: 0, b: 0 };
  pending: Partial<Record<Name, number>> = {};
  /** What an echo has promised. */
  acknowledged: Record<Name, number> = { a: 0, b: 0 };
  committing: Promise<void> = Promise.resolve();

  constructor(options: Partial<JsonlConfig>) {
    this.options = options;
  }

  env(): DestinationEnv {
    const quiet = () => undefined;
    return {
      now: () => Date.UTC(2026, 10, 20) + this.run * 1000,
      sleep: () => Promise.reject(new Error('nobody has to wait here')),
      random: () => 0.5,
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      processEnv: { HEADRACE_BLOCK_BYTES: '1024', HEADRACE_LOCK_WAIT_MS: '0' },
    };
  }

  async begin(): Promise<DestinationWriter> {
    if (this.writer) return this.writer;
    this.run++;
    const settings = config.parse({
      ...this.options,
      path: this.root,
      // It lies in memory: in a container that vanishes, and this test brings its own losses.
      allow_ephemeral: true,
      source: 's',
      envelope: 'none',
      run_id: `r${String(this.run).padStart(4, '0')}`,
    });
    const writer = jsonlWriter(settings, this.env());
    await writer.begin({
      sourceName: undefined,
      streams: [],
      stateCommit: undefined,
      signal: new AbortController().signal,
    });
    this.writer = writer;
    this.sinks.clear();
    this.completed.clear();
    this.pending = {};
    await this.compare();
    return writer;
  }

  /** After a repair the files hold what the states cover, and the states all that was acknowledged. */
  async compare(): Promise<void> {
    const journal = await Journal.open(this.root);
    const states = new Map(
      journal.load({ source: 's', scope: 'main' }).states.map(({ stream: name, json }) => [name, json]),
    );
    journal.close();
    for (const name of STREAMS) {
      const state = states.get(name);
      const covered = state === undefined ? 0 : Number(JSON.parse(state).stream.stream_state.at);
      expect(covered).toBeGreaterThanOrEqual(this.acknowledged[name]);
      expect(this.stored(name)).toEqual(Array.from({ length: covered }, (_, k) => k));
      this.sent[name] = covered;
      this.acknowledged[name] = covered;
    }
    if (existsSync(join(this.root, 's')))
      expect(dataFiles(join(this.root, 's')).filter((file) => file.endsWith('.open'))).toEqual([]);
  }

  stored(name: Name): number[] {
    const all = existsSync(join(this.root, 's')) ? storedLines(join(this.root, 's')) : [];
    return all
      .map((line) => JSON.parse(line) as { s: Name; k: number })
      .filter(({ s }) => s === name)
      .map(({ k }) => k);
  }

  async sink(name: Name): Promise<StreamSink> {
    const writer = await this.begin();
    const sink = this.sinks.get(name) ?? writer.stream({ name }, undefined);
    this.sinks.set(name, sink);
    return sink;
  }

  async records(name: Name, count: number, size: number): Promise<void> {
    const sink = await this.sink(name);
    for (let n = 0; n < count; n++) {
      const json = JSON.stringify({ s: name, k: this.sent[name]++, pad: 'x'.repeat(size) });
      sink.write(RecordLine.of(name, json));
    }
    await this.writer?.ready();
  }

  async state(name: Name): Promise<void> {
    (await this.sink(name)).mark();
    this.pending[name] = this.sent[name];
  }

  /** The source says that a stream is whole, and may go on all the same. */
  async complete(name: Name): Promise<void> {
    await this.state(name);
    if (!this.completed.has(name)) this.sinks.get(name)?.complete?.('said');
    this.completed.add(name);
  }

  async commit(wait: boolean): Promise<void> {
    const writer = await this.begin();
    await this.committing;
    const states = this.pending;
    this.pending = {};
    const commit = writer.commit(
      Object.entries(states).map(([name, at]) => ({
        kind: 'STREAM',
        stream: { name },
        json: JSON.stringify({
          type: 'STREAM',
          stream: { stream_descriptor: { name }, stream_state: { at } },
        }),
      })),
      new Map(),
    );
    this.committing = commit.then(() => void Object.assign(this.acknowledged, states));
    if (wait) await this.committing;
  }

  /** The end of an input in which every stream broke off. */
  async end(): Promise<void> {
    await this.begin();
    await this.committing;
    for (const sink of this.sinks.values()) await sink.rollBack();
    await this.commit(true);
    await this.writer?.end();
    this.writer = undefined;
    await this.compare();
  }

  /** The process is gone: what it would still have done happens in a folder that nobody looks at any more. */
  async crash(how: 'kill' | 'power', turns: number, seed: number): Promise<void> {
    const writer = await this.begin();
    const last = this.commit(false);
    for (let k = 0; k < turns; k++) await turn();
    const copy = newFolder();
    if (how === 'power') ledger.cutPower(this.root, copy, randomOf(seed));
    else ledger.kill(this.root, copy);
    const before = { ...this.acknowledged };
    await last;
    await this.committing;
    await writer.abort();
    this.acknowledged = before;
    this.root = copy;
    this.writer = undefined;
    this.committing = Promise.resolve();
  }
}

it('whatever is written, committed and cut off when: each stream holds the records before its last committed state, once', {
  timeout: 3_600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(setup, fc.array(step, { maxLength: 40, size: 'max' }), async (options, steps) => {
      const world = new World(options);
      for (const next of steps) {
        if (next.kind === 'records') await world.records(next.stream, next.count, next.size);
        else if (next.kind === 'state') await world.state(next.stream);
        else if (next.kind === 'complete') await world.complete(next.stream);
        else if (next.kind === 'commit') await world.commit(next.wait);
        else if (next.kind === 'end') await world.end();
        else if (next.kind === 'crash') await world.crash(next.how, next.turns, next.seed);
        else for (let k = 0; k < next.turns; k++) await turn();
      }
      await world.end();
    }),
    // Shrinking a failure takes minutes; it is a matter for whoever looks into one, with its seed.
    { numRuns: process.env.HEADRACE_LONG ? 1000 : 60, endOnFailure: true },
  );
});
