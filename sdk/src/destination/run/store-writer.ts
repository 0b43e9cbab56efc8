import { type Buffer, isUtf8 } from 'node:buffer';
import type { ConfiguredStream } from '../../protocol/catalog.ts';
import { type StreamDescriptor, streamKey } from '../../protocol/messages.ts';
import type { StateToCommit } from '../../protocol/state-line.ts';
import { withChanged } from '../copies/copy.ts';
import type { DestinationEnv } from '../define.ts';
import { keyOf, makeRunId, sourceName } from '../names/names.ts';
import { type Committed, commitNumber, knownStream, NOTHING } from '../store/committed.ts';
import { outdated } from '../store/outdated.ts';
import type { Lock, Store } from '../store/store.ts';
import { withCommit, withStreams } from '../store/with-commit.ts';
import type { CommitPolicy, DestinationWriter, RunStart, StreamCounts } from '../writer.ts';
import { MoreCounts } from './more-counts.ts';
import { openCopy, refuseShared } from './open-copy.ts';
import { NO_OPENINGS, planCommit } from './plan-commit.ts';
import type { BatchFacts, Openings, OpenStream, RecordHalf, Run } from './record-log.ts';
import { StreamRecords } from './stream-records.ts';
import { transact } from './transact.ts';

/** Settings of a run, from the destination's options. */
export interface RunSettings extends CommitPolicy {
  /** The option `source`. */
  readonly source: string | undefined;
  /** The option `state_scope`. */
  readonly scope: string;
  /** The option `run_id`. Undefined: made from time and randomness. */
  readonly runId: string | undefined;
}

/** A destination with a store. */
export interface StoreWriterOptions<Part> {
  /** The destination's name, for hints. */
  readonly name: string;
  readonly settings: RunSettings;
  readonly env: DestinationEnv;
  /** Called at the first record or state. Both halves are closed at the end. */
  open(runId: string): StoreHalves<Part> | Promise<StoreHalves<Part>>;
  /** Turns a failure into an error that says what to do. */
  explain?(error: unknown): unknown;
}

/** The two halves of a destination. */
export interface StoreHalves<Part, S extends Store<Part> = Store<Part>> {
  readonly store: S;
  readonly half: RecordHalf<Part>;
}

interface Begun<Part> extends StoreHalves<Part> {
  readonly run: Run;
  readonly lock: Lock | undefined;
  readonly resumes: boolean;
}

/** A stream of a run, from its first record or state. */
class RunStream<Part> {
  open: OpenStream;
  readonly records: StreamRecords<Part>;
  /** Whether the run has committed records to its copy. */
  hasWritten = false;
  /** Whether a commit has covered its end and concluded its copy. */
  hasConcluded = false;

  constructor(open: OpenStream, recordsOf: (stream: () => OpenStream) => StreamRecords<Part>) {
    this.open = open;
    this.records = recordsOf(() => this.open);
  }
}

/**
 * The writer of a destination that keeps its states itself. It decides which copy of a stream a run writes to, what a
 * commit changes and what the end of a stream means, and checks the commit number. DestinationWriter says who calls it.
 */
export function storeWriter<Part>(options: StoreWriterOptions<Part>): DestinationWriter {
  const { name, settings, env } = options;
  const runId = settings.runId ?? makeRunId(env.now(), env.random);
  const batch: BatchFacts = { ingestedAt: 0, ingestedAtUtc: '', isUtf8: true };
  const streams: Array<RunStream<Part>> = [];
  const counts = new MoreCounts();
  /** The last state of each stream committed by this run. */
  const states = new Map<string, string>();
  let begun: Begun<Part> | undefined;
  let committed: Committed = NOTHING;
  let openings: Openings = NO_OPENINGS;
  let replaced = 0;
  let input: Buffer | undefined;

  const started = (): Begun<Part> => {
    if (!begun) throw new Error('begin was not called');
    return begun;
  };
  const explained = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw options.explain?.(error) ?? error;
    }
  };

  async function begin(start: RunStart): Promise<void> {
    const source = sourceName(env.source, settings.source, start);
    const owner = { source, scope: settings.scope };
    const run: Run = { owner, runId, signal: start.signal };
    const { store, half } = await options.open(runId);
    let lock: Lock | undefined;
    try {
      lock = await store.lock?.({ source, access: 'write', runId, signal: start.signal });
      await store.refuseLosses?.(source);
      committed = await store.load(owner);
      const number = commitNumber(committed);
      if (start.stateCommit !== undefined && start.stateCommit !== number)
        throw outdated(start.stateCommit, number, name);
      committed = await half.begin(run, committed);
      begun = { run, store, half, lock, resumes: (start.stateCommit ?? 0) > 0 };
      if (input) half.batch(input, batch);
    } catch (error) {
      await half.close();
      await store.close();
      await lock?.release();
      throw error;
    }
  }

  function open(stream: StreamDescriptor, asked: ConfiguredStream | undefined): RunStream<Part> {
    const { run, half, resumes } = started();
    const { owner } = run;
    const key = keyOf(owner.source, stream);
    refuseShared(
      key,
      streams.map(({ open: { copy } }) => copy.key),
      stream,
    );
    const now = env.now();
    const opened = openCopy(committed, { owner, key, stream, asked, runId, now, resumes });
    const { copy, known, rekeyed, copies, moves } = opened;
    const changes = { copies, moves, streams: known && asked ? [known] : [] };
    if (half.openNow) half.openNow(owner, changes);
    else openings = joined(openings, changes);
    committed = {
      ...committed,
      copies: withChanged(committed.copies, copies),
      streams: withStreams(committed.streams, changes.streams),
    };
    return new RunStream({ stream, asked, copy, known, rekeyed }, (current) => {
      const log = (quarantine: boolean) => half.log(current, quarantine);
      return new StreamRecords({ stream, batch, log, onReplaced: () => replaced++ });
    });
  }

  async function commit(
    newStates: readonly StateToCommit[],
    newCounts: ReadonlyMap<StreamDescriptor, StreamCounts>,
  ): Promise<void> {
    const { run, store, half } = started();
    // Before anything is awaited: marks, openings and ends from here on belong to the next commit.
    const ended = streams.filter(({ records, hasConcluded }) => records.whole !== undefined && !hasConcluded);
    const preparing = streams.map((stream) => ({ stream, parts: stream.records.prepare() }));
    const opened = openings;
    openings = NO_OPENINGS;
    const more = counts.since(run.owner.source, newCounts);
    // Data first (invariant 2), …
    const written: Array<{ stream: RunStream<Part>; parts: Part[] }> = [];
    for (const { stream, parts } of preparing) {
      const done = (await Promise.all(parts)).filter((part) => part !== undefined);
      if (done.length > 0) written.push({ stream, parts: done });
    }
    for (const { stream, json } of newStates) if (stream) states.set(streamKey(stream), json);
    const planned = planCommit(half, {
      run,
      now: env.now(),
      committed,
      openings: opened,
      states: newStates,
      counts: more,
      written: written.map(({ stream, parts }) => ({
        stream: stream.open,
        parts,
        isFirst: !stream.hasWritten,
      })),
      ended: ended.map(({ open: { ...of }, records }) => ({
        stream: of,
        how: records.whole!,
        state: states.get(streamKey(of.stream)),
      })),
    });
    if (!planned) {
      openings = joined(opened, openings);
      return;
    }
    // … then all of it in one transaction (invariant 3). The echo comes after this.
    await transact(store, planned);
    committed = withCommit(committed, planned);
    for (const { stream } of written) stream.hasWritten = true;
    for (const stream of ended) stream.hasConcluded = true;
    for (const stream of streams) stream.open = refreshed(stream.open, committed);
  }

  async function end(): Promise<void> {
    const { run, store, half, lock } = started();
    for (const { records } of streams) records.seal();
    await commit([], new Map());
    await half.finish(
      run,
      streams.map((stream) => stream.open),
    );
    if (replaced > 0)
      env.log.warn(`${replaced} records contained bytes that are not UTF-8; those were replaced`);
    begun = undefined;
    await half.close();
    await store.close();
    await lock?.release();
  }

  return {
    policy: settings,
    begin: (start) => explained(() => begin(start)),
    stream(stream, asked) {
      const opened = open(stream, asked);
      streams.push(opened);
      return opened.records.sink;
    },
    setAside(line, stream) {
      streams.find(({ open: of }) => of.stream === stream)!.records.setAside(line);
    },
    batch(bytes) {
      input = bytes;
      batch.ingestedAt = env.now();
      batch.ingestedAtUtc = new Date(batch.ingestedAt).toISOString();
      batch.isUtf8 = isUtf8(bytes);
      begun?.half.batch(bytes, batch);
    },
    ready: () => begun?.half.ready(),
    commit: (newStates, newCounts) => explained(() => commit(newStates, newCounts)),
    end: () => explained(end),
    async abort() {
      const failed = begun;
      begun = undefined;
      await failed?.half.close();
      await failed?.store.close();
      await failed?.lock?.release();
    },
  };
}

function joined(a: Openings, b: Openings): Openings {
  return {
    copies: withChanged(a.copies, b.copies),
    moves: [...a.moves, ...b.moves],
    streams: [...a.streams, ...b.streams],
  };
}

/** A stream after the commits so far. */
function refreshed(open: OpenStream, committed: Committed): OpenStream {
  const copy = committed.copies.find(({ id }) => id === open.copy.id) ?? open.copy;
  const known = knownStream(committed, copy.key) ?? open.known;
  return copy === open.copy && known === open.known ? open : { ...open, copy, known };
}
