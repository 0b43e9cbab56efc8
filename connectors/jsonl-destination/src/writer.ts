import { isUtf8 } from 'node:buffer';
import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  ConfigError,
  type DestinationEnv,
  type DestinationWriter,
  isHeadraceError,
  type RunStart,
  type StateToCommit,
  type StreamSink,
  TransientError,
} from '@headrace/sdk';
import type { StreamDescriptor } from '@headrace/sdk/protocol';
import { Blocks } from './blocks.ts';
import type { Chunk } from './chunk.ts';
import { gzipEncoder, plain } from './codec.ts';
import type { JsonlConfig } from './config.ts';
import { codeOf, syncDirectory } from './durable.ts';
import { FlatEnvelope, mayCollide } from './envelope.ts';
import { Journal } from './journal.ts';
import { committedFlat, type FileMaker, openChunk, openFlat, type StreamPlace } from './layout.ts';
import { type Lock, takeLock } from './lock.ts';
import { OpenFiles } from './open-files.ts';
import { checkPlace, rootOf } from './place.ts';
import { refuseLosses, repair } from './repair.ts';
import { makeRunId } from './run-id.ts';
import { type BatchFacts, recordSink } from './sink.ts';
import { sourceName } from './source-name.ts';
import { StreamLog } from './stream-log.ts';

const MB = 1_000_000;
/** Files synced at the same time. */
const SYNCS = 4;

/** Writes one run: see DestinationWriter for who calls what when. */
export function jsonlWriter(config: JsonlConfig, env: DestinationEnv): DestinationWriter {
  const root = rootOf(config, env.processEnv);
  const runId = config.run_id ?? makeRunId(env.now(), env.random);
  const batch: BatchFacts = { ingestedAt: '', isUtf8: true, mayCollide: false };
  // HEADRACE_BLOCK_BYTES: hidden, for tests.
  const blocks = new Blocks(Number(env.processEnv.HEADRACE_BLOCK_BYTES) || undefined);
  const files = new OpenFiles();
  const folders = new Set<string>();
  const encode = gzipEncoder(config.compression_level);
  const logs: StreamLog[] = [];
  let run: { readonly source: string; readonly lock: Lock; readonly journal: Journal } | undefined;
  let failure: { readonly error: Error } | undefined;
  let renamed: Chunk[] = [];
  let replaced = 0;

  const started = () => {
    if (!run) throw new Error('begin was not called');
    return run;
  };
  const onFailure = (error: unknown): void => {
    failure ??= { error: storageError(error, root) };
    blocks.release();
  };

  function openLog(place: StreamPlace): StreamLog {
    const { journal } = started();
    const maker: FileMaker = { root, runId, config, journal, files, folders, now: env.now };
    const flat = config.layout === 'flat' && !place.quarantine;
    const committed = flat ? committedFlat(maker, place) : undefined;
    const log = new StreamLog(
      {
        blocks,
        encode: flat || place.quarantine || config.compression === 'none' ? plain : encode,
        maxFileBytes: config.max_file_mb * MB,
        openChunk: () => (flat ? openFlat(maker, place) : openChunk(maker, place)),
        removeChunk: async (chunk) => {
          await chunk.remove();
          journal.removeFile(chunk.id);
        },
        onFailure,
      },
      committed,
    );
    logs.push(log);
    return log;
  }

  /** Renames files that a commit has made complete; the next commit tells the journal that it is done. */
  async function publish(chunks: readonly Chunk[]): Promise<void> {
    for (const chunk of chunks) {
      await chunk.close();
      if (!chunk.flat) await rename(chunk.diskPath, chunk.finalPath);
    }
    renamed.push(...chunks.filter((chunk) => !chunk.flat));
  }

  /** The journal learns of renames only when they are durable: until then repair would look for them. */
  async function noteRenamed(): Promise<void> {
    const done = renamed;
    renamed = [];
    for (const folder of new Set(done.map((chunk) => dirname(chunk.finalPath)))) await syncDirectory(folder);
    started().journal.setStatus(
      done.map(({ id }) => id),
      'closed',
    );
  }

  async function commit(states: readonly StateToCommit[]): Promise<void> {
    const { journal, source } = started();
    const prepared = logs.filter((log) => log.dirty).map((log) => log.prepare());
    // Data first (invariant 2), …
    for (const { ready } of prepared) await ready;
    const changes = prepared.flatMap((part) => part.changes());
    await syncAll(changes.map(({ chunk }) => chunk));
    await noteRenamed();
    // … then states and lengths in one transaction (invariant 3), then final names. The echo comes after this.
    if (states.length > 0 || changes.length > 0) {
      journal.commit(
        { source, scope: config.state_scope },
        states,
        changes.map(({ change }) => change),
        runId,
        env.now(),
      );
    }
    for (const part of prepared) await publish(part.committed());
  }

  async function end(): Promise<void> {
    const { journal, lock } = started();
    const rest = logs.flatMap((log) => log.rest());
    const growing = rest.filter((chunk) => !chunk.flat);
    // A roll-back has cut some of them since they were committed.
    await syncAll(rest);
    journal.setStatus(
      growing.map(({ id }) => id),
      'closing',
    );
    await publish(rest);
    await noteRenamed();
    if (replaced > 0) env.log.warn(`${replaced} records held bytes that are not UTF-8; those were replaced`);
    run = undefined;
    journal.close();
    lock.release();
  }

  return {
    policy: {
      seconds: config.commit_seconds,
      bytes: config.commit_mb * MB,
      onCountMismatch: config.on_count_mismatch,
    },
    async begin(start) {
      run = await failing(() => begin(start, { root, runId, config, env }), root);
    },
    stream: ({ name, namespace }: StreamDescriptor): StreamSink => {
      const { source } = started();
      const place = {
        source,
        stream: name,
        namespace: namespace && namespace !== source ? namespace : undefined,
      };
      return recordSink({
        batch,
        envelope: config.envelope === 'flat' ? new FlatEnvelope({ source, stream: name, runId }) : undefined,
        data: openLog({ ...place, quarantine: false }),
        quarantine: () => openLog({ ...place, quarantine: true }),
        onReplaced: () => replaced++,
      });
    },
    batch(bytes) {
      batch.ingestedAt = new Date(env.now()).toISOString();
      batch.isUtf8 = isUtf8(bytes);
      batch.mayCollide = config.envelope === 'flat' && mayCollide(bytes);
    },
    ready() {
      if (failure) throw failure.error;
      if (blocks.tooManyHeld) for (const log of logs) log.spill();
      return blocks.ready();
    },
    commit: (states) => failing(() => commit(states), root),
    end: () => failing(end, root),
    async abort() {
      // A write that arrives after the lock is given back would land in a file that the next run repairs.
      for (const log of logs) await log.settled();
      await files.closeAll();
      run?.journal.close();
      run?.lock.release();
      run = undefined;
    },
  };
}

async function syncAll(chunks: readonly Chunk[]): Promise<void> {
  for (let k = 0; k < chunks.length; k += SYNCS) {
    await Promise.all(chunks.slice(k, k + SYNCS).map((chunk) => chunk.sync()));
  }
}

interface BeginOptions {
  readonly root: string;
  readonly runId: string;
  readonly config: JsonlConfig;
  readonly env: DestinationEnv;
}

/** Takes the lock, then looks at what is there, then repairs it. Nothing is stored before all of that went well. */
async function begin(
  start: RunStart,
  { root, runId, config, env }: BeginOptions,
): Promise<{ source: string; lock: Lock; journal: Journal }> {
  const source = sourceName(env.source, config.source, start);
  await checkPlace(root, config, env);
  const lock = await takeLock({ root, source, runId, env, signal: start.signal });
  let journal: Journal | undefined;
  try {
    const owner = { source, scope: config.state_scope };
    journal = await Journal.openExisting(root);
    await refuseLosses(root, journal, source);
    journal ??= await Journal.open(root);
    const number = journal.commitNumber(owner);
    if (start.stateCommit !== undefined && start.stateCommit !== number) {
      throw new ConfigError(
        `another pipe wrote since; run again (states of commit ${start.stateCommit} were read, ${number} is the last)`,
        {
          code: 'destination.state_commit',
          place: root,
          hint: 'run the whole pipe again, from jsonl-destination state on',
        },
      );
    }
    await repair(root, journal, source, env.log);
    journal.register(owner);
    return { source, lock, journal };
  } catch (error) {
    journal?.close();
    lock.release();
    throw error;
  }
}

async function failing<T>(work: () => Promise<T>, root: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storageError(error, root);
  }
}

/** What the system says, in the words of who should do what. */
function storageError(error: unknown, root: string): Error {
  const code = codeOf(error);
  if (!(error instanceof Error) || isHeadraceError(error) || code === undefined) return error as Error;
  const details = { place: root, cause: error };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new TransientError('the disk is full', {
      ...details,
      code: 'destination.disk_full',
      hint: 'make room and run again: nothing that was committed is lost',
    });
  }
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENAMETOOLONG', 'EISDIR'].includes(code)) {
    return new ConfigError(`cannot write: ${error.message}`, {
      ...details,
      code: 'destination.not_writable',
      hint: 'check config.path and who owns it',
    });
  }
  if (code.startsWith('E') && !code.startsWith('ERR_'))
    return new TransientError(`cannot write: ${error.message}`, { ...details, code: 'destination.io' });
  return error;
}
