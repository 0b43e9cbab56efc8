import { Buffer } from 'node:buffer';
import type { DataError } from '../../errors.ts';
import type { Page } from '../../protocol/page.ts';
import type { CursorEnv, Scan, WholeCursor } from '../cursor.ts';
import { hashBytes, hashed } from './hash.ts';
import { foreignState } from './saved.ts';
import { SEEN_MOST } from './seen-most.ts';

/** The `from` of `read` of a stream with `resumable({ token })`. */
export interface TokenFrom {
  /** The token of the page to continue with; undefined: the first page. */
  readonly token: string | undefined;
  /**
   * Call it before the first page if the vendor rejects the token, because it has expired (Jira's do after 7 days). The
   * partition is read from its first page again, and what was sent before is sent again.
   */
  readonly restart: () => void;
}

/**
 * For a stream that is read completely each time, and resumed if it was interrupted.
 *
 * Without options, it resumes by partition. A partition that is done (`{ done: true }`) is not read again until the read
 * of all partitions is complete. A partition that was read in part is read from its start, and rows that were sent are
 * dropped by the hash of their bytes (`seen`, at most 20,000 rows; beyond that, no STATE is sent until the partition is
 * done). The engine uses this for streams without a cursor. A partition with a record that cannot be read
 * (`Page.unreadable`) is not done: the next run reads it once more.
 *
 * With a token, it resumes by page. `token` names the selected field of a page with the token of the next one. The state is
 * the last token. Use it if the vendor's tokens outlive a process. Never use an offset: if the list shrinks, records would
 * be skipped. The state stays before a record that cannot be read, and what comes after it is sent again.
 */
export function resumable(): WholeCursor<undefined>;
export function resumable(options: { readonly token: string }): WholeCursor<TokenFrom>;
export function resumable(options?: {
  readonly token: string;
}): WholeCursor<undefined> | WholeCursor<TokenFrom> {
  return options === undefined
    ? { isWhole: true, open: (saved, env) => byPartition(saved?.done === true, saved?.seen, env) }
    : {
        isWhole: true,
        open: (saved, env) => byToken(options.token, saved?.done === true, saved?.token, env),
      };
}

function byPartition(wasDone: boolean, saved: unknown, env: CursorEnv): Scan<undefined> {
  const seen = parseSeen(saved);
  /** How often earlier runs sent each row: two rows with the same bytes are two rows. */
  const before = new Map<string, number>();
  for (let at = 0; at < seen.length; at += 8) count(before, seen.toString('latin1', at, at + 8), 1);
  let sent = seen;
  let length = seen.length;
  let rows: { page: Page; fresh: Uint8Array; hashes: Buffer } | undefined;
  let overflowed = false;
  let done = wasDone;
  let isHeld = false;

  /** The hashes of a page's rows, and which of them were not sent before. */
  function look(page: Page): NonNullable<typeof rows> {
    const fresh = new Uint8Array(page.count).fill(1);
    const hashes = Buffer.alloc(8 * page.count);
    for (let row = 0; row < page.count; row++) {
      hashBytes(page.record(row));
      hashes.writeUInt32BE(hashed.hi, 8 * row);
      hashes.writeUInt32BE(hashed.lo, 8 * row + 4);
      if (before.size === 0) continue;
      const hash = hashes.toString('latin1', 8 * row, 8 * row + 8);
      if (!before.has(hash)) continue;
      count(before, hash, -1);
      fresh[row] = 0;
    }
    return { page, fresh, hashes };
  }

  function remember(hash: Buffer): void {
    if (length === sent.length) {
      const bigger = Buffer.alloc(Math.min(8 * SEEN_MOST, Math.max(2048, 2 * length)));
      bigger.set(sent);
      sent = bigger;
    }
    length += hash.copy(sent, length);
  }

  /** The next run reads the partition once more, and drops the rows that are remembered. */
  function readAgain(list: string): void {
    if (!overflowed) return;
    // Otherwise no STATE could be sent, because it would have to contain all of them.
    env.warn(`more than ${SEEN_MOST} rows were sent of a list ${list}: they will be sent again`);
    overflowed = false;
    length = 0;
  }

  return {
    parts: done
      ? []
      : [
          {
            from: undefined,
            fresh(page) {
              // A partition that is too large to be remembered is not hashed to its end.
              if (overflowed && before.size === 0) return undefined;
              rows = look(page);
              return rows.fresh;
            },
            advance(page) {
              if (rows?.page !== page) return;
              for (let row = 0; row < page.count && !overflowed; row++) {
                if (rows.fresh[row] === 0) continue;
                overflowed = length === 8 * SEEN_MOST;
                if (!overflowed) remember(rows.hashes.subarray(8 * row, 8 * row + 8));
              }
              rows = undefined;
            },
            owe() {
              isHeld = true;
            },
            finish() {
              if (isHeld) readAgain('with a record that cannot be read');
              else done = true;
            },
            // A STATE must be sent, because it contains the gap.
            fellShort: () => readAgain('that fell short'),
          },
        ],
    settled: () => done || !overflowed,
    state: () =>
      done ? { done: true } : length === 0 ? {} : { seen: sent.toString('base64url', 0, length) },
  };
}

function byToken(field: string, wasDone: boolean, saved: unknown, env: CursorEnv): Scan<TokenFrom> {
  if (saved !== undefined && typeof saved !== 'string') throw foreign();
  let token = saved;
  let done = wasDone;
  let isHeld = false;
  const from: TokenFrom = {
    token,
    restart: () => {
      token = undefined;
    },
  };
  return {
    parts: done
      ? []
      : [
          {
            from,
            fresh: () => undefined,
            owe() {
              isHeld = true;
            },
            advance(page) {
              if (isHeld) return;
              const next = page.field(field);
              // A page without a token keeps the last one: only the end of `read` means that the chain has ended.
              if (typeof next === 'string' && next !== '') token = next;
              else if (Number.isSafeInteger(next)) token = String(next);
              // By its digits, because a double would change a number above 2^53.
              else if (typeof next === 'number') token = page.fieldId(field);
            },
            finish() {
              done = !isHeld;
            },
            fellShort() {
              // What is missing may be anywhere before the last page.
              env.warn('a list that is read by tokens fell short: what was sent will be sent again');
              token = undefined;
            },
          },
        ],
    state: () => (done ? { done: true } : token === undefined ? {} : { token }),
  };
}

function parseSeen(saved: unknown): Buffer {
  if (saved === undefined) return Buffer.alloc(0);
  const bytes = typeof saved === 'string' ? Buffer.from(saved, 'base64url') : undefined;
  if (bytes === undefined || bytes.length % 8 !== 0) throw foreign();
  return bytes.subarray(0, 8 * SEEN_MOST);
}

function count(counts: Map<string, number>, key: string, by: number): void {
  const n = (counts.get(key) ?? 0) + by;
  if (n === 0) counts.delete(key);
  else counts.set(key, n);
}

const foreign = (): DataError => foreignState('is not a resumable full refresh');
