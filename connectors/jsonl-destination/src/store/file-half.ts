import type { DestinationEnv } from '@headrace/sdk';
import {
  type Copy,
  isHeld,
  type OpenStream,
  type RecordHalf,
  type RecordLog,
  streamLabel,
} from '@headrace/sdk/destination';
import type { JsonlConfig } from '../config.ts';
import { OpenFiles } from '../disk/open-files.ts';
import { storageError } from '../disk/storage-error.ts';
import { turns } from '../disk/turns.ts';
import { Blocks } from '../files/blocks.ts';
import { codecOf, plain } from '../files/codec.ts';
import { committedFlat, type FileMaker, openChunk, openFlat, openFlatBeside } from '../files/layout.ts';
import { OpenFrames } from '../files/open-frames.ts';
import { StreamLog } from '../files/stream-log.ts';
import type { Journal } from '../journal/journal.ts';
import { changeCopies } from '../journal/move-files.ts';
import { type BatchFacts, mayCollide, noEnvelope, UNICODE_ESCAPE } from '../lines/envelope.ts';
import { envelopeFor } from '../lines/envelope-for.ts';
import { hasSurrogates, isLone, replaced } from '../lines/surrogates.ts';
import { repair } from '../repair/repair.ts';
import { dropOlderVersions, finishCopies } from '../rewrite/finish.ts';
import { writeTables } from '../tables/tables.ts';
import type { FilePart, JournalStore } from './journal-store.ts';

const MB = 1_000_000;
/** How many files are written at the same time. */
const WRITES = 16;

/** Writes records to files, whose lengths and names the journal commits. */
export function fileHalf(
  store: JournalStore,
  config: JsonlConfig,
  env: DestinationEnv,
  runId: string,
): RecordHalf<FilePart> {
  const { root } = store;
  const salt = `${runId} ${env.now()} ${env.random()}`;
  const facts: BatchFacts = { ingestedAtUtc: '', mayCollide: false };
  let mayBeLone = false;
  // HEADRACE_BLOCK_BYTES: hidden, for tests.
  const blocks = new Blocks(Number(env.processEnv.HEADRACE_BLOCK_BYTES) || undefined);
  const files = new OpenFiles();
  const folders = new Set<string>();
  const codec = codecOf(config);
  const frames = new OpenFrames();
  const atOnce = turns(WRITES);
  /** Two logs of one quarantine must not use the same part, so their files are opened one after the other. */
  const oneByOne = turns(1);
  const logs: StreamLog[] = [];
  /** How many records of a stream contained lone surrogates. */
  const lone = new Map<Copy['key'], number>();
  let journal: Journal;
  let failure: { readonly error: Error } | undefined;

  const onFailure = (error: unknown): void => {
    failure ??= { error: storageError(error, root) };
    blocks.release();
  };

  function openLog(copy: Copy, quarantine: boolean): StreamLog {
    const place = { copy, quarantine };
    const flat = config.layout === 'flat' && !quarantine;
    const maker: FileMaker = { root, runId, config, codec, journal, files, folders, now: env.now };
    const open = !flat ? openChunk : isHeld(copy) ? openFlatBeside : openFlat;
    const log = new StreamLog(
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
        onFrameUsed: (used) => frames.used(used),
        onFailure,
        now: env.now,
      },
      open === openFlat ? committedFlat(maker, place) : undefined,
    );
    logs.push(log);
    return log;
  }

  function recordLog(stream: () => OpenStream, quarantine: boolean): RecordLog<FilePart> {
    const { copy } = stream();
    const log = openLog(copy, quarantine);
    const wrap = quarantine ? noEnvelope : envelopeFor(config, stream(), { runId, salt });
    const isReplaced = config.lone_surrogates === 'replace';
    return {
      append(record, { ingestedAt }) {
        let line = record;
        if (mayBeLone && !quarantine && isLone(record)) {
          lone.set(copy.key, (lone.get(copy.key) ?? 0) + 1);
          if (isReplaced) line = replaced(record);
        }
        log.append(wrap(line, facts), line, ingestedAt);
      },
      mark: () => log.mark(),
      seal: () => log.seal(),
      rollBack: () => log.rollBack(),
      prepare() {
        if (!log.dirty) return undefined;
        const { ready, changes, committed } = log.prepare();
        return ready.then(() => {
          const changed = changes(isHeld(stream().copy) ? 'held' : 'closing');
          return changed.length > 0 ? { kind: 'lengths', changes: changed, committed } : undefined;
        });
      },
    };
  }

  return {
    async begin(run, _) {
      const { owner } = run;
      journal = await store.beginRun();
      await repair(root, journal, owner.source, env);
      await finishCopies({ root, journal, env, config, runId }, owner.source);
      journal.amend(owner, {});
      return journal.load(owner);
    },
    openNow: (owner, openings) => journal.transaction(() => changeCopies(journal, owner, openings)),
    log: recordLog,
    batch(bytes, { ingestedAtUtc }) {
      facts.ingestedAtUtc = ingestedAtUtc;
      // Most batches have none: one scan of their bytes instead of three.
      const hasEscapes = bytes.includes(UNICODE_ESCAPE);
      facts.mayCollide = config.envelope === 'flat' && mayCollide(bytes, hasEscapes);
      mayBeLone = hasEscapes && hasSurrogates(bytes);
    },
    ready() {
      if (failure) throw failure.error;
      if (blocks.tooManyHeld) for (const log of logs) log.spill();
      return blocks.ready();
    },
    move: (move) => move,
    // Several runs may have brought the same records, and a growing file is still being written.
    concludesLater: ({ runs }) => runs > 1 || config.layout === 'flat',
    async finish({ owner, signal }, streams) {
      for (const log of logs) await log.close();
      // When told to stop, merging is left to the next run.
      if (!signal.aborted) {
        const context = { root, journal, env, config, runId };
        await finishCopies(context, owner.source);
        for (const { asked, copy } of streams)
          if (asked?.destinationSyncMode === 'append_dedup')
            await dropOlderVersions(context, owner, copy.key);
      }
      journal.transaction(() => writeTables(journal, root));
      for (const [key, records] of lone) env.log.warn(loneWarning(key, records, config));
    },
    async close() {
      // A write after the lock is released would change a file that the next run repairs.
      for (const log of logs) await log.settled();
      await files.closeAll();
    },
  };
}

function loneWarning(key: Copy['key'], records: number, { lone_surrogates }: JsonlConfig): string {
  const what = `${streamLabel(key.stream, key.namespace)}: ${records} ${records === 1 ? 'record contains' : 'records contain'} lone surrogates`;
  return lone_surrogates === 'replace'
    ? `${what}; each was replaced by U+FFFD`
    : `${what}, stored as they came; DuckDB and pyarrow refuse such files, and lone_surrogates: replace stores U+FFFD instead`;
}
