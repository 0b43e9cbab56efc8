import { Buffer } from 'node:buffer';
import type { DataError } from '../../errors.ts';
import type { Page } from '../../protocol/page.ts';
import type { CursorEnv, Scan, WholeCursor } from '../cursor.ts';
import { hashBytes, hashed } from './hash.ts';
import { foreignState } from './saved.ts';
import { SEEN_MOST } from './seen-most.ts';

/** What `read` of a stream with `resumable({ token })` is given. */
export interface TokenFrom {
  /** The token of the page to go on with; undefined: the first page. */
  readonly token: string | undefined;
  /**
   * To be called where the vendor refuses the token (they age: Jira's after 7 days), before the first page
   * is asked for and yielded: the partition is read from its first page again, and what went out
   * before is sent again.
   */
  readonly restart: () => void;
}

/**
 * A stream that is read whole each time, resumed where it was interrupted.
 *
 * Without options by partition: one that is done is not read again (`{ done: true }`) by the next run, and by a later
 * one only if that was interrupted; a half-read one is read from its start, and what went out already is dropped by the hash of its bytes (`seen`, at most 20,000
 * rows; beyond that no STATE leaves until the partition is done). This is what the engine gives a stream
 * that has no cursor. A partition with a record that cannot be read (`Page.unreadable`) is not done: the next run reads
 * it once more.
 *
 * With a token by page: `token` names the selected field of the page that asks for the next one; the state
 * is the last one seen. For vendors whose tokens outlive a process. Never an offset: a list that shrinks
 * would skip records. It stays before a record that cannot be read, and what stands behind comes again.
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
  /** How often each row went out in earlier runs: two rows of the same bytes are two rows. */
  const before = new Map<string, number>();
  for (let at = 0; at < seen.length; at += 8) count(before, seen.toString('latin1', at, at + 8), 1);
  let sent = seen;
  let length = seen.length;
  let rows: { page: Page; fresh: Uint8Array; hashes: Buffer } | undefined;
  let overflowed = false;
  let done = wasDone;
  let isHeld = false;

  /** Hashes of a page's rows, and which of them did not go out before. */
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

  /** The next run reads the partition once more; what went out of it is dropped as far as it is remembered. */
  function readAgain(list: string): void {
    if (!overflowed) return;
    // No STATE leaves that would have to know all of them.
    env.warn(`more than ${SEEN_MOST} rows of a list ${list} went out: they will be sent again`);
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
              // A partition that is too big to be remembered is not hashed to its end.
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
            // The gap has to be remembered.
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
              // A page without one keeps the last: whether the chain ended there is for `read` to say.
              if (typeof next === 'string' && next !== '') token = next;
              else if (Number.isSafeInteger(next)) token = String(next);
              // By its digits: a double makes another token of one above 2^53.
              else if (typeof next === 'number') token = page.fieldId(field);
            },
            finish() {
              done = !isHeld;
            },
            fellShort() {
              // What is missing may stand anywhere before the last page.
              env.warn('a list that is read by tokens fell short: what went out will be sent again');
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

const foreign = (): DataError => foreignState('is no resumable full refresh');
