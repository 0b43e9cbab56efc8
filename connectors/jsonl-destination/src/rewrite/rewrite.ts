import { dirname } from 'node:path';
import { type DestinationEnv, SystemError } from '@headrace/sdk';
import type { Identify, KnownKey } from '@headrace/sdk/destination';
import type { JsonlConfig } from '../config.ts';
import { makeDirectory } from '../disk/make-directory.ts';
import { OpenFiles } from '../disk/open-files.ts';
import { checkedLines, lookInside } from '../files/checked-lines.ts';
import type { Chunk } from '../files/chunk.ts';
import { codecOf, plain } from '../files/codec.ts';
import { type FileMaker, openChunk, openFlatAside, openFlatBeside } from '../files/layout.ts';
import { SCRATCH, scratchFile } from '../files/scratch-file.ts';
import type { Journal } from '../journal/journal.ts';
import type { FileChange, FileRow } from '../journal/journal-rows.ts';
import { identifier, type Rule } from '../lines/identity.ts';
import { forgetMissing } from '../repair/missing.ts';
import { Contest } from './contest.ts';
import { NewFiles } from './new-files.ts';
import { type Run, runsToWrite } from './rewrite-runs.ts';

const MB = 1_000_000;

/** What all rewrites of a run share. */
export interface RewriteContext {
  readonly root: string;
  readonly journal: Journal;
  readonly env: DestinationEnv;
  readonly config: JsonlConfig;
  /** For the names of new files. */
  readonly runId: string;
}

/** Files of a stream, to be rewritten without duplicates. */
export interface Rewrite extends RewriteContext {
  /** Complete, `held` or `flat` files, in the order of their lines. */
  readonly files: readonly FileRow[];
  /** One record of each key stays. Without a key, identical records are dropped (see Rule). */
  readonly key: KnownKey['key'] | undefined;
  readonly cursor: KnownKey['cursor'];
  /** Whether to merge neighbours that are smaller than half of `max_file_mb`. */
  readonly merge?: boolean;
  /** Called in the transaction that replaces the old files, also if there are none. */
  readonly alsoInSwitch?: () => void;
}

/** The result of a rewrite. */
export interface Rewritten {
  readonly kept: number;
  readonly dropped: number;
  /** How many files were replaced, and by how many. */
  readonly replaced: number;
  readonly by: number;
}

/**
 * Drops duplicates. Files that lose nothing stay as they are (but see `merge`). New files are written first, and one
 * transaction of the journal lets them replace the old ones (invariant 3). After a kill before it, nothing has changed.
 * Then the caller, or the next run after a kill, calls `settleFiles` for names, tables and removals. The caller holds
 * the source's lock.
 * @throws DataError if a file differs from the journal: damaged files are not used
 */
export async function rewrite(asked: Rewrite): Promise<Rewritten> {
  const { root, journal, env, key, cursor, alsoInSwitch } = asked;
  const files = await forgetMissing(root, journal, asked.files, env.log);
  const task = { ...asked, files };
  const [first] = files;
  if (!first) {
    if (alsoInSwitch) journal.transaction(alsoInSwitch);
    return { kept: 0, dropped: 0, replaced: 0, by: 0 };
  }
  const rule: Rule = key ? { kind: 'latest', key, cursor } : { kind: 'identical' };
  const scratch = scratchFile(root, first.source);
  await makeDirectory(root, dirname(SCRATCH), journal.modes);
  const contest = new Contest(scratch, key ? 'last' : 'first');
  const written: Written[] = [];
  try {
    const starts = await enterAll(task, identifier(rule, first), contest);
    const losses = files.map((file, k) => contest.losses(starts[k]!, starts[k]! + file.records));
    for (const run of runsToWrite(task, starts, losses)) {
      const output = newFiles(task, run);
      const entry: Written = { run, output, chunks: [] };
      written.push(entry);
      entry.chunks.push(...(await writeAgain(task, run, contest, output)));
      checkCount(entry, contest);
    }
    journal.transaction(() => {
      for (const { run, chunks } of written) putInPlace(task, run, chunks);
      alsoInSwitch?.();
    });
    const dropped = sum(losses);
    return {
      kept: sum(files.map(({ records }) => records)) - dropped,
      dropped,
      replaced: sum(written.map(({ run }) => run.files.length)),
      by: sum(written.map(({ chunks }) => chunks.length)),
    };
  } catch (error) {
    const known = new Set(files.map(({ id }) => id));
    for (const { output } of written)
      journal.removeFiles((await output.abandon()).filter((id) => !known.has(id)));
    throw error;
  } finally {
    contest.close();
  }
}

interface Written {
  readonly run: Run;
  readonly output: NewFiles;
  readonly chunks: Chunk[];
}

/** Checks that everything that was not dropped is there (invariant 5). */
function checkCount({ run, chunks }: Written, contest: Contest): void {
  const lines = sum(run.files.map(({ records }) => records));
  const expected = lines - contest.losses(run.start, run.start + lines);
  const written = sum(chunks.map(({ length }) => length.records));
  if (written === expected) return;
  throw new SystemError(`${written} records were rewritten instead of ${expected}`, {
    code: 'rewrite.count',
    place: run.files[0]?.path,
  });
}

/** Reads all lines once. @returns the number of each file's first line */
async function enterAll(task: Rewrite, identify: Identify, contest: Contest): Promise<number[]> {
  const starts: number[] = [];
  let line = 0;
  for (const file of task.files) {
    starts.push(line);
    for await (const { bytes, ends } of checkedLines(task.root, file)) {
      let start = 0;
      for (const end of ends) {
        const { key, cursor } = lookInside(file, () => identify(bytes, start, end));
        // Of identical lines in two copies of the stream, the one in the later copy stays: that copy may become complete.
        contest.enter(line++, { key, cursor: task.key ? cursor : String(file.copyId) });
        start = end + 1;
      }
    }
  }
  return starts;
}

function newFiles({ root, journal, config, runId }: Rewrite, { files }: Run): NewFiles {
  const [first] = files as [FileRow];
  const { source, namespace, stream, copyId } = first;
  const codec = first.part === 0 ? plain : codecOf(config);
  const maker: FileMaker = {
    root,
    runId,
    config: { layout: config.layout, envelope: first.envelope },
    codec,
    journal,
    files: new OpenFiles(),
    folders: new Set(),
    // They keep the day of the first file in their path.
    now: () => first.openedAt,
  };
  const place = { copy: { id: copyId, key: { source, namespace, stream } }, quarantine: false };
  const open = (): Promise<Chunk> => {
    if (first.part > 0) return openChunk(maker, place);
    return first.status === 'held' ? openFlatAside(maker, first) : openFlatBeside(maker, place);
  };
  return new NewFiles(open, codec, first.part === 0 ? Number.POSITIVE_INFINITY : config.max_file_mb * MB);
}

/** Writes the lines of a run that stay. */
async function writeAgain(
  task: Rewrite,
  { files, start }: Run,
  contest: Contest,
  output: NewFiles,
): Promise<Chunk[]> {
  using losers = contest.losers(start);
  let loser = losers.next().value;
  let line = start;
  for (const file of files) {
    for await (const { bytes, ends } of checkedLines(task.root, file)) {
      let from = 0;
      let records = 0;
      let at = 0;
      const keep = async (): Promise<void> => {
        if (records > 0) await output.add(bytes.subarray(from, at), records, file);
        records = 0;
      };
      for (const end of ends) {
        if (line === loser) {
          await keep();
          from = end + 1;
          loser = losers.next().value;
        } else records++;
        at = end + 1;
        line++;
      }
      await keep();
    }
  }
  return output.seal();
}

/** Replaces the files of one run, in the transaction of all. */
function putInPlace({ journal, env }: Rewrite, { files }: Run, chunks: readonly Chunk[]): void {
  const [first] = files as [FileRow];
  const closedAt = env.now();
  const changes = chunks.map(({ id, length, sha256 }): FileChange => {
    const change = { id, length, status: 'closing' } as const;
    return first.part === 0 || sha256 === undefined ? change : { ...change, sealed: { sha256, closedAt } };
  });
  journal.changeFiles(changes);
  for (const { id } of chunks)
    journal.run('update files set seq = (select seq from files where id = ?) where id = ?', first.id, id);
  journal.setStatus(
    files.map(({ id }) => id).filter((id) => !chunks.some((chunk) => chunk.id === id)),
    'removing',
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
