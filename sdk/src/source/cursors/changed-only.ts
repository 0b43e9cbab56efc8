import type { DataError } from '../../errors.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import type { Page } from '../../protocol/page.ts';
import type { Cursor, CursorEnv, Scan } from '../cursor.ts';
import { type Hash, hashed, hashText, withKey } from './hash.ts';
import { HashList } from './hash-list.ts';
import { HashSet } from './hash-set.ts';
import { RecentRows } from './recent-rows.ts';
import { foreignState } from './saved.ts';
import { idOf } from './window-rows.ts';

/** The most records of a partition that are remembered. Others are sent by each read. */
const KNOWN_MOST = 200_000;

/**
 * For lists without an order, or without a reliable timestamp. `read` returns everything each time, in any order. A record
 * is sent if it is new, or if its bytes differ from those sent last.
 *
 * Its state: `hashes`: 8 bytes for each record of the last complete read, from its key and its bytes, base64url;
 * `unsure`: 8 bytes for the key of each record that is sent next time whatever its bytes are, because a read that did not
 * end sent it, or because it changed during the read. The state grows with the number of records (2.1 MB for 200,000), so
 * it is sent once, at the end of the stream (`stateAtEnd`). At most 200,000 records per partition are remembered; the
 * others are sent by each read (one WARN with their number). A read that fails keeps the hashes of the previous one.
 *
 * It sees neither what disappears (`census` does) nor what changed and changed back between two reads. A record that the
 * vendor writes differently each time (a relative date, a signed link) is sent each time.
 * @param options.key the selected value that identifies a record
 */
export function changedOnly(options: { readonly key: string }): Cursor<undefined> {
  return { stateAtEnd: true, open: (saved, env) => openScan(options.key, saved ?? {}, env) };
}

function openScan(key: string, saved: JsonObject, env: CursorEnv): Scan<undefined> {
  const before = HashList.from(saved.hashes, KNOWN_MOST);
  const unsure = HashList.from(saved.unsure, KNOWN_MOST);
  if (!before || !unsure) throw foreign();
  const now = new HashList(KNOWN_MOST);
  /** The keys of this read; those that came again with other bytes; what was sent since the last complete read. */
  const met = new HashSet();
  const changed = new HashList(KNOWN_MOST);
  const sent = HashList.from(saved.unsure, KNOWN_MOST)!;
  const recent = new RecentRows(Number.POSITIVE_INFINITY);
  let beyond = 0;
  let isLost = false;
  let isDone = false;
  let looked:
    | { readonly page: Page; readonly rows: readonly JudgedRow[]; readonly fresh: Uint8Array }
    | undefined;

  function look(page: Page): NonNullable<typeof looked> {
    if (looked?.page === page) return looked;
    const fresh = new Uint8Array(page.count);
    const rows: JudgedRow[] = [];
    const hashes: Hash[] = [];
    const here = new Set<string>();
    recent.look({ count: page.count, mark: (row) => hashes[row]!.lo });
    for (let row = 0; row < page.count; row++) {
      const id = idOf(page, row, key, rows.at(-1)?.id);
      const idHash = hashOf(id);
      const hash = withKey(idHash, page.record(row));
      hashes.push(hash);
      const isHere = recent.see(row, id, 0).same === true;
      // A record that came earlier in this read is compared with that, because the destination has it by now.
      const isKnown =
        here.has(id) || met.hasHash(idHash)
          ? now.has(hash) && !changed.has(idHash)
          : before!.has(hash) && !unsure!.has(idHash);
      here.add(id);
      if (!isHere && !isKnown) fresh[row] = 1;
      rows.push({ id, idHash, hash, isHere });
    }
    looked = { page, rows, fresh };
    return looked;
  }

  return {
    parts: [
      {
        from: undefined,
        fresh: (page) => look(page).fresh,
        // The next run reads it with everything else.
        owe() {},
        advance(page) {
          const { rows, fresh } = look(page);
          looked = undefined;
          recent.keep();
          for (const [row, { idHash, hash, isHere }] of rows.entries()) {
            if (fresh[row] === 1 && !sent.add(idHash)) isLost = true;
            if (isHere || now.has(hash)) continue;
            const isAgain = met.hasHash(idHash);
            if (!now.add(hash)) beyond++;
            else if (isAgain) changed.add(idHash);
            else met.addHash(idHash);
          }
        },
        finish() {
          isDone = true;
          if (beyond > 0)
            env.warn(`more than ${KNOWN_MOST} records: ${beyond} of them are sent by each read`);
        },
      },
    ],
    state() {
      if (isDone) return stateOf(now, changed);
      // It is no longer known which of them are as they were sent, so all are sent again.
      return isLost ? {} : stateOf(before, sent);
    },
  };
}

interface JudgedRow {
  readonly id: string;
  readonly idHash: Hash;
  readonly hash: Hash;
  /** It came a moment ago with the same bytes. */
  readonly isHere: boolean;
}

function hashOf(id: string): Hash {
  hashText(id);
  return { hi: hashed.hi, lo: hashed.lo };
}

const stateOf = (hashes: HashList, unsure: HashList): JsonObject => ({
  ...(hashes.size === 0 ? {} : { hashes: hashes.text() }),
  ...(unsure.size === 0 ? {} : { unsure: unsure.text() }),
});

const foreign = (): DataError => foreignState('is not a list of what was sent');
