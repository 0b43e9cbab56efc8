import { closeSync, rmSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { TransientError } from '@headrace/sdk';
import { compareCursors, type Identity } from '@headrace/sdk/destination';
import { codeOf } from '../disk/durable.ts';
import { PRIVATE } from '../disk/modes.ts';
import { createFileSync } from '../disk/regular-file.ts';

/** What SQLite may keep in memory, in kB; the rest stands on the disk (invariant 8). */
const CACHE_KB = 32_000;

/**
 * Finds out which lines of a stream lose against a copy of theirs: of one key the greatest cursor wins. Lines are
 * numbered in the order of the stream; winners and losers stand in a file of their own.
 */
export class Contest {
  readonly #file: string;
  readonly #db: DatabaseSync;
  readonly #ties: 'first' | 'last';
  readonly #find: StatementSync;
  readonly #win: StatementSync;
  readonly #lose: StatementSync;
  readonly #count: StatementSync;

  /**
   * @param file is replaced where it is there
   * @param ties which of two lines wins whose cursors are equal
   */
  constructor(file: string, ties: 'first' | 'last') {
    rmSync(file, { force: true });
    closeSync(createFileSync(file, PRIVATE.file));
    this.#file = file;
    this.#ties = ties;
    this.#db = new DatabaseSync(file);
    const setUp = `
      pragma journal_mode = off; pragma synchronous = off; pragma locking_mode = exclusive;
      pragma cache_size = -${CACHE_KB};
      create table winners (key blob primary key, line integer not null, cursor text) strict, without rowid;
      create table losers (line integer primary key) strict;
      begin`;
    this.#guard(() => this.#db.exec(setUp));
    this.#find = this.#db.prepare('select line, cursor from winners where key = ?');
    this.#win = this.#db.prepare('insert or replace into winners (key, line, cursor) values (?, ?, ?)');
    this.#lose = this.#db.prepare('insert into losers (line) values (?)');
    this.#count = this.#db.prepare('select count(*) as n from losers where line >= ? and line < ?');
  }

  /** The next line. @throws TransientError where the disk is full */
  enter(line: number, { key, cursor }: Identity): void {
    if (key === undefined) return;
    this.#guard(() => {
      const winner = this.#find.get(key);
      const order = winner ? compareCursors(cursor, text(winner.cursor)) : 1;
      const wins = order > 0 || (order === 0 && this.#ties === 'last');
      if (wins) this.#win.run(key, line, cursor ?? null);
      if (winner) this.#lose.run(wins ? Number(winner.line) : line);
    });
  }

  /** How many of the lines `[from, to)` lose. */
  losses(from: number, to: number): number {
    return this.#guard(() => Number(this.#count.get(from, to)?.n));
  }

  /** The losing lines from `from` on, in order. */
  *losers(from: number): Generator<number> {
    for (const { line } of this.#db
      .prepare('select line from losers where line >= ? order by line')
      .iterate(from))
      yield Number(line);
  }

  close(): void {
    this.#db.close();
    rmSync(this.#file, { force: true });
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (codeOf(error) !== 'ERR_SQLITE_ERROR') throw error;
      throw new TransientError(`the scratch file cannot be written: ${(error as Error).message}`, {
        code: 'destination.scratch',
        place: this.#file,
        hint: 'make room and run again: nothing was changed',
        cause: error,
      });
    }
  }
}

function text(value: unknown): string | undefined {
  return value === null ? undefined : String(value);
}
