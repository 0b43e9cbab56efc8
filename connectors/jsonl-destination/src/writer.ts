import { isUtf8 } from 'node:buffer';
import type { DestinationEnv, DestinationWriter, StateToCommit, StreamCounts } from '@headrace/sdk';
import type { ConfiguredStream, StreamDescriptor } from '@headrace/sdk/protocol';
import { type BegunRun, beginRun } from './begin.ts';
import { Blocks } from './blocks.ts';
import type { Chunk } from './chunk.ts';
import { codecOf, plain } from './codec.ts';
import { conclude } from './conclude.ts';
import type { JsonlConfig } from './config.ts';
import { type Copy, isHeld } from './copies.ts';
import { Tallies } from './counts.ts';
import { type BatchFacts, mayCollide, UNICODE_ESCAPE } from './envelope.ts';
import { dropOlderVersions, finishCopies } from './finish.ts';
import { committedFlat, type FileMaker, openChunk, openFlat, openFlatBeside } from './layout.ts';
import { OpenFiles } from './open-files.ts';
import { OpenFrames } from './open-frames.ts';
import { rootOf } from './place.ts';
import { makeRunId } from './run-id.ts';
import { settleFiles } from './settle.ts';
import { storageError } from './storage-error.ts';
import { type StreamFiles, streamFiles } from './stream-files.ts';
import { streamLabel } from './stream-label.ts';
import { StreamLog } from './stream-log.ts';
import { copyOfRun, keyOf, refuseShared } from './stream-place.ts';
import { setDedupDue } from './streams-table.ts';
import { hasSurrogates } from './surrogates.ts';
import { writeTables } from './tables.ts';
import { turns } from './turns.ts';

const MB = 1_000_000;
/** Files written at the same time. */
const WRITES = 16;
/** Files synced at the same time. */
const SYNCS = 4;

/** Writes one run: see DestinationWriter for who calls what when. */
export function jsonlWriter(config: JsonlConfig, env: DestinationEnv): DestinationWriter {
  const root = rootOf(config, env.processEnv);
  const runId = config.run_id ?? makeRunId(env.now(), env.random);
  const salt = `${runId} ${env.now()} ${env.random()}`;
  const batch: BatchFacts = {
    ingestedAt: 0,
    ingestedAtUtc: '',
    isUtf8: true,
    hasSurrogates: false,
    mayCollide: false,
  };
  // HEADRACE_BLOCK_BYTES: hidden, for tests.
  const blocks = new Blocks(Number(env.processEnv.HEADRACE_BLOCK_BYTES) || undefined);
  const files = new OpenFiles();
  const folders = new Set<string>();
  const codec = codecOf(config);
  const frames = new OpenFrames();
  const atOnce = turns(WRITES);
  /** Two logs of one quarantine must not take the same part: their files are opened one after the other. */
  const oneByOne = turns(1);
  const streams: StreamFiles[] = [];
  const tallies = new Tallies();
  /** The last state of each stream that this run has committed. */
  const states = new Map<string, string>();
  let run: BegunRun | undefined;
  let failure: { readonly error: Error } | undefined;
  let replaced = 0;

  const started = (): BegunRun => {
    if (!run) throw new Error('begin was not called');
    return run;
  };
  const failing = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw storageError(error, root);
    }
  };
  const onFailure = (error: unknown): void => {
    failure ??= { error: storageError(error, root) };
    blocks.release();
  };
  const allLogs = (): StreamLog[] => streams.flatMap(({ logs }) => logs);

  function openLog(copy: Copy, quarantine: boolean): StreamLog {
    const { journal } = started();
    const place = { copy, quarantine };
    const flat = config.layout === 'flat' && !quarantine;
    const maker: FileMaker = { root, runId, config, codec, journal, files, folders, now: env.now };
    const open = !flat ? openChunk : isHeld(journal, copy.id) ? openFlatBeside : openFlat;
    return new StreamLog(
      {
        blocks,
        inTurn: atOnce,
        codec: flat || quarantine ? plain : codec,
        maxFileBytes: flat ? Number.POSITIVE_INFINITY : config.max_file_mb * MB,
        openChunk: () => (quarantine ? oneByOne(() => open(maker, place)) : open(maker, place)),
        removeChunk: async (chunk) => {
          await chunk.remove();
          journal.removeFiles([chunk.id]);
        },
        onFrameUsed: (log) => frames.used(log),
        onFailure,
        now: env.now,
      },
      open === openFlat ? committedFlat(maker, place) : undefined,
    );
  }

  function open(stream: StreamDescriptor, asked: ConfiguredStream | undefined): StreamFiles {
    const { journal, owner, resumes } = started();
    const key = keyOf(owner.source, stream);
    refuseShared(key, streams, stream);
    const copy = copyOfRun(journal, owner, { key, stream, asked, runId, now: env.now(), resumes });
    return streamFiles({
      stream,
      asked,
      copy,
      config,
      runId,
      salt,
      batch,
      openLog: (quarantine) => openLog(copy, quarantine),
      onReplaced: () => replaced++,
    });
  }

  async function commit(
    newStates: readonly StateToCommit[],
    counts: ReadonlyMap<StreamDescriptor, StreamCounts>,
  ): Promise<void> {
    const { journal, owner } = started();
    // Before anything is awaited: what is marked or ends from here on is a matter of the next commit.
    const whole = streams.filter((stream) => stream.whole !== undefined && !stream.concluded);
    const prepared = streams
      .map((stream) => ({
        stream,
        parts: stream.logs.filter(({ dirty }) => dirty).map((log) => log.prepare()),
      }))
      .filter(({ parts }) => parts.length > 0);
    const moreCounts = tallies.more(counts);
    // Data first (invariant 2), …
    for (const { parts } of prepared) for (const { ready } of parts) await ready;
    const changes = prepared.flatMap(({ stream, parts }) => {
      const complete = isHeld(journal, stream.copy.id) ? 'held' : 'closing';
      return parts.flatMap((part) => part.changes(complete));
    });
    await syncAll(changes.map(({ chunk }) => chunk));
    // … then states and lengths in one transaction (invariant 3), then final names. The echo comes after this.
    for (const { stream, json } of newStates) if (stream) states.set(labelOf(stream), json);
    if (newStates.length + changes.length + whole.length + moreCounts.length > 0) {
      const now = env.now();
      journal.transaction(() => {
        journal.commitStates(owner, newStates, runId, now);
        journal.changeFiles(changes.map(({ change }) => change));
        tallies.put(journal, owner.source, runId, moreCounts, now);
        for (const { stream } of prepared) if (dedups(stream)) setDedupDue(journal, stream.copy.key, true);
        for (const stream of whole)
          conclude(journal, stream, states.get(labelOf(stream.stream)), config.layout);
      });
    }
    for (const stream of whole) stream.concluded = true;
    for (const { parts } of prepared) for (const part of parts) await part.committed();
    await settleFiles(root, journal, owner.source, whole.length > 0);
  }

  async function end(): Promise<void> {
    const { journal, lock } = started();
    for (const log of allLogs()) log.seal();
    await commit([], new Map());
    for (const log of allLogs()) await log.close();
    await finish();
    journal.transaction(() => writeTables(journal, root));
    if (replaced > 0) env.log.warn(`${replaced} records held bytes that are not UTF-8; those were replaced`);
    for (const { copy, loneSurrogates } of streams)
      if (loneSurrogates > 0) env.log.warn(loneWarning(copy, loneSurrogates, config));
    run = undefined;
    journal.close();
    lock.release();
  }

  /** What several runs brought is put together; told to stop, it is left to the next run. */
  async function finish(): Promise<void> {
    const { journal, owner, signal } = started();
    if (signal.aborted) return;
    const context = { root, journal, env, config, runId };
    await finishCopies(context, owner.source);
    for (const stream of streams.filter(dedups)) await dropOlderVersions(context, stream.copy.key);
  }

  return {
    policy: {
      seconds: config.commit_seconds,
      bytes: config.commit_mb * MB,
      onCountMismatch: config.on_count_mismatch,
    },
    async begin(start) {
      run = await failing(() => beginRun(start, { root, runId, config, env }));
    },
    stream(stream, asked) {
      const opened = open(stream, asked);
      streams.push(opened);
      return opened.sink;
    },
    setAside(line, stream) {
      streams.find((files) => files.stream === stream)!.setAside(line);
    },
    batch(bytes) {
      batch.ingestedAt = env.now();
      batch.ingestedAtUtc = new Date(batch.ingestedAt).toISOString();
      batch.isUtf8 = isUtf8(bytes);
      // Most batches have none: one look at their bytes instead of three.
      const hasEscapes = bytes.includes(UNICODE_ESCAPE);
      batch.hasSurrogates = hasEscapes && hasSurrogates(bytes);
      batch.mayCollide = config.envelope === 'flat' && mayCollide(bytes, hasEscapes);
    },
    ready() {
      if (failure) throw failure.error;
      if (blocks.tooManyHeld) for (const log of allLogs()) log.spill();
      return blocks.ready();
    },
    commit: (newStates, counts) => failing(() => commit(newStates, counts)),
    end: () => failing(end),
    async abort() {
      // A write that arrives after the lock is given back would land in a file that the next run repairs.
      for (const log of allLogs()) await log.settled();
      await files.closeAll();
      run?.journal.close();
      run?.lock.release();
      run = undefined;
    },
  };
}

function loneWarning({ key }: Copy, records: number, { lone_surrogates }: JsonlConfig): string {
  const what = `${streamLabel(key.stream, key.namespace)}: ${records} ${records === 1 ? 'record holds' : 'records hold'} half a character (a lone surrogate)`;
  return lone_surrogates === 'replace'
    ? `${what}; each half was replaced by U+FFFD`
    : `${what}, stored as it came; DuckDB and pyarrow refuse files with it, lone_surrogates: replace puts U+FFFD in its place`;
}

function dedups({ asked }: StreamFiles): boolean {
  return asked?.destinationSyncMode === 'append_dedup';
}

function labelOf({ name, namespace }: StreamDescriptor): string {
  return JSON.stringify([namespace ?? '', name]);
}

async function syncAll(chunks: readonly Chunk[]): Promise<void> {
  for (let k = 0; k < chunks.length; k += SYNCS) {
    await Promise.all(chunks.slice(k, k + SYNCS).map((chunk) => chunk.sync()));
  }
}
