import type { DestinationEnv } from '@headrace/sdk';
import {
  type Commit,
  type Committed,
  type Copy,
  type Lock,
  type LockRequest,
  type Move,
  NOTHING,
  type Overview,
  type Owner,
  type Problem,
  type Store,
  type Verified,
} from '@headrace/sdk/destination';
import type { JsonlConfig } from '../config.ts';
import { modesOf } from '../disk/modes.ts';
import type { Chunk } from '../files/chunk.ts';
import type { ChunkChange } from '../files/chunk-changes.ts';
import { Journal } from '../journal/journal.ts';
import { takeLock, waitForWriter } from '../journal/lock.ts';
import { moveFiles, takeGrowingFile } from '../journal/move-files.ts';
import { rootOf } from '../place/place.ts';
import { refuseLosses, refuseUnknownData } from '../repair/losses.ts';
import { resetFiles } from '../repair/reset.ts';
import { settleFiles } from '../repair/settle.ts';
import { writeTables } from '../tables/tables.ts';
import { verifyFiles } from '../verify/verify-files.ts';

/** How many files are synced at the same time. */
const SYNCS = 4;

/** What a commit changes in files: lengths reached by a log, or the result of a change of copies. */
export type FilePart =
  | {
      readonly kind: 'lengths';
      readonly changes: readonly ChunkChange[];
      /** Called when the commit is done. */
      committed(): Promise<void>;
    }
  | Move;

/** A folder's journal and files as a store. */
export class JournalStore implements Store<FilePart> {
  readonly root: string;
  readonly #config: JsonlConfig;
  readonly #env: DestinationEnv;
  /** Opened when it is needed, to read or to change it. */
  #journal: Journal | undefined;
  #mayWrite = false;
  /** A run writes the Parquet tables at its end, a verb with each change. */
  #isRun = false;

  constructor(config: JsonlConfig, env: DestinationEnv) {
    this.root = rootOf(config, env.processEnv);
    this.#config = config;
    this.#env = env;
  }

  async sources(): Promise<readonly string[]> {
    const sources = (await this.existing())?.sources() ?? [];
    if (sources.length === 0) await refuseUnknownData(this.root);
    return sources;
  }

  async load(owner: Owner): Promise<Committed> {
    return (await this.existing())?.load(owner) ?? NOTHING;
  }

  async look(source: string): Promise<Overview> {
    return (await this.known())?.look(source) ?? { totals: [], states: [] };
  }

  async lock({ source, access, runId, signal }: LockRequest): Promise<Lock> {
    const request = { root: this.root, source, runId, env: this.#env, signal, modes: modesOf(this.#config) };
    if (access === 'look') return (await waitForWriter(request)) ?? { release: () => undefined };
    this.#close();
    this.#mayWrite = true;
    return takeLock(request);
  }

  async refuseLosses(source: string): Promise<void> {
    await refuseLosses(this.root, await this.existing(), source);
  }

  async acceptLosses(owner: Owner): Promise<void> {
    const journal = await this.writable();
    journal.amend(owner, {});
    await resetFiles(this.root, journal, owner, this.#env);
  }

  async verify(source: string, report: (problem: Problem) => void): Promise<Verified | undefined> {
    const journal = await this.known();
    return journal && verifyFiles({ root: this.root, journal, source, report });
  }

  async transaction(commit: Commit<FilePart>): Promise<void> {
    const journal = await this.writable();
    const lengths = commit.parts.filter((part) => part.kind === 'lengths');
    // Files first (invariant 2), then all of it in one transaction (invariant 3), then final names.
    await syncAll(lengths.flatMap(({ changes }) => changes.map(({ chunk }) => chunk)));
    let isMoved = false;
    journal.transaction(() => {
      isMoved = hasNewStatus(journal, commit.copies);
      journal.write(commit);
      for (const part of commit.parts) {
        if (part.kind === 'lengths') journal.changeFiles(part.changes.map(({ change }) => change));
        else moveFiles(journal, part);
      }
      for (const copy of commit.copies) takeGrowingFile(journal, copy);
    });
    for (const part of lengths) await part.committed();
    await settleFiles(this.root, journal, commit.owner.source, isMoved);
    if (!this.#isRun) journal.transaction(() => writeTables(journal, this.root));
  }

  /** Called when a run begins. */
  async beginRun(): Promise<Journal> {
    this.#isRun = true;
    return this.writable();
  }

  /** The journal, if there is one. */
  async existing(): Promise<Journal | undefined> {
    this.#journal ??= this.#mayWrite
      ? await Journal.openExisting(this.root, modesOf(this.#config))
      : await Journal.openToRead(this.root);
    return this.#journal;
  }

  /** The journal, if there is one. @throws ConfigError if there is data that no journal knows */
  async known(): Promise<Journal | undefined> {
    const journal = await this.existing();
    if (!journal) await refuseUnknownData(this.root);
    return journal;
  }

  /** The journal. It is created if there is none. */
  async writable(): Promise<Journal> {
    this.#journal ??= await Journal.open(this.root, modesOf(this.#config));
    return this.#journal;
  }

  async close(): Promise<void> {
    this.#close();
  }

  #close(): void {
    this.#journal?.close();
    this.#journal = undefined;
  }
}

function hasNewStatus(journal: Journal, copies: readonly Copy[]): boolean {
  if (copies.length === 0) return false;
  const [{ key }] = copies as [Copy];
  const before = new Map(
    journal.load({ source: key.source, scope: '' }).copies.map(({ id, status }) => [id, status]),
  );
  return copies.some(({ id, status }) => before.has(id) && before.get(id) !== status);
}

async function syncAll(chunks: readonly Chunk[]): Promise<void> {
  for (let k = 0; k < chunks.length; k += SYNCS) {
    await Promise.all(chunks.slice(k, k + SYNCS).map((chunk) => chunk.sync()));
  }
}
