import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { SystemError } from '../../errors.ts';
import type { Meter } from './meter.ts';

/** How long one process waits for another that takes its place in the queue. That lasts less than a millisecond. */
const WAIT_MS = 5000;

/**
 * A rate that several processes of this machine share, in an SQLite file that the runner made: `budget(interval_ms, due)`,
 * the time between two requests and when the next one may be sent. Each process reserves the next free time, so the
 * requests of all of them are spaced, and nobody waits for a process that has died: at most one reserved time is lost.
 */
export class MachineBudget implements Meter {
  readonly #db: DatabaseSync;
  readonly #reserve: StatementSync;
  #reserved: number | undefined;

  /** @param path as HEADRACE_BUDGET names it @throws SystemError (`budget.unreadable`) */
  constructor(path: string) {
    try {
      // Loaded only here: it costs time at each start, and Node 22 prints a warning.
      const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
      this.#db = new DatabaseSync(path, { timeout: WAIT_MS });
      // A loss of power may lose the last times, which does no harm: the file is made again.
      this.#db.exec('pragma synchronous = off');
      this.#reserve = this.#db.prepare(
        'update budget set due = max(due, :now) + interval_ms returning due - interval_ms as at',
      );
    } catch (error) {
      throw new SystemError(`the shared budget of requests cannot be read: ${(error as Error).message}`, {
        code: 'budget.unreadable',
        place: path,
        hint: 'delete the file: the runner makes a new one',
        cause: error,
      });
    }
  }

  /** A time is reserved at most once, and stays reserved until a request is sent. */
  readyAt(now: number): number {
    if (this.#reserved === undefined) {
      const row = this.#reserve.get({ now });
      if (!row)
        throw new SystemError('the shared budget of requests is empty', { code: 'budget.unreadable' });
      this.#reserved = Number(row.at);
    }
    return this.#reserved;
  }

  take(): void {
    this.#reserved = undefined;
  }

  close(): void {
    this.#db.close();
  }
}
