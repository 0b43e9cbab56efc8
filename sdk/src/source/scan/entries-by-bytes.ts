import { Buffer } from 'node:buffer';
import { floorMinute } from '../../protocol/instant.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import type { Page } from '../../protocol/page.ts';
import { hashHex, hashKeyed } from '../cursors/hash.ts';
import { SEEN_MOST } from '../cursors/seen-most.ts';
import type { Parent } from './define.ts';
import { type Entries, foreignEntries, pairsOf } from './entries.ts';

/** What was sent of one parent: a hash of the name and the bytes of each entry, as 8 characters of 8 bits. */
interface SentOf {
  /** The parent's time, ms since 1970; NaN: it has none. */
  readonly time: number;
  readonly hashes: readonly string[];
  /** See `Parent.isOpen`. */
  readonly isOpen: boolean;
}

/** The parent whose entries are being read. */
interface Reading {
  readonly key: string;
  /** The parent's record. A parent that is read again has another page. */
  readonly page: Page;
  readonly row: number;
  /** What was sent of it before. */
  readonly before: ReadonlySet<string>;
  /** What came in this reading. */
  readonly now: Set<string>;
}

/**
 * For entries that change without a timestamp. An entry is sent unless it was sent with these bytes the last time that
 * its parent was read. Hashes are kept of the parents of the last `lookbackMs` or `keepMs` of the stream, whichever is
 * longer, of those that are open (`LateRecords`), and of those in the minute that the scan has reached: 8 bytes for each
 * entry, of at most 20,000 entries per partition. Entries beyond that are sent each time that they are read. The state of
 * a parent: `[time, hashes (base64url)]`, and 1 if it is open.
 * @param nameOf what identifies an entry among those of its parent
 */
export function entriesByBytes<O extends Parent, E extends string = string>(
  nameOf: (owner: O, page: Page<string, E>, row: number) => string,
): Entries<E, O> {
  return {
    open(saved, { horizon, isResumed, warn }) {
      const { parents, former } = parse(saved);
      let size = [...parents.values()].reduce((sum, { hashes }) => sum + hashes.length, 0);
      let beyond = 0;
      let reading: Reading | undefined;
      /** Parents before the horizon that are remembered only because a resumed scan would read them again. */
      const last = new Set<string>();

      const isReading = (owner: O): boolean =>
        reading?.key === owner.key && reading.page === owner.page && reading.row === owner.row;

      function forget(key: string): void {
        size -= parents.get(key)?.hashes.length ?? 0;
        parents.delete(key);
        last.delete(key);
      }

      return {
        fresh(page, owner) {
          const fresh = new Uint8Array(page.count);
          const now = new Set(isReading(owner) ? reading!.now : []);
          const before = isReading(owner) ? reading!.before : new Set(parents.get(owner.key)?.hashes);
          for (let row = 0; row < page.count; row++) {
            const name = nameOf(owner, page, row);
            const hash = hashOf(name, page.record(row));
            const isKnown = before.has(hash) || now.has(hash);
            if (!isKnown && !isFormer(former, name, page, row)) fresh[row] = 1;
            now.add(hash);
          }
          return fresh;
        },
        written(page, owner) {
          if (!isReading(owner)) {
            const before = new Set(parents.get(owner.key)?.hashes);
            reading = { key: owner.key, page: owner.page, row: owner.row, before, now: new Set() };
          }
          const { now } = reading!;
          for (let row = 0; row < page.count; row++)
            now.add(hashOf(nameOf(owner, page, row), page.record(row)));
          forget(owner.key);
          // An older parent is only read again if it changes, or if the scan is resumed in its minute.
          if (owner.time < horizon && !owner.isOpen) {
            for (const key of last) if ((parents.get(key)?.time ?? 0) < floorMinute(owner.time)) forget(key);
            last.add(owner.key);
          }
          if (size + now.size > SEEN_MOST) {
            beyond += page.count;
            return;
          }
          parents.set(owner.key, { time: owner.time, hashes: [...now], isOpen: owner.isOpen });
          size += now.size;
        },
        finish() {
          for (const [key, { time, isOpen }] of parents) if (time < horizon && !isOpen) forget(key);
          // A whole scan has read all parents that an earlier release remembered, so their hashes are here now.
          if (!isResumed) former.clear();
          if (beyond > 0)
            warn(`more than ${SEEN_MOST} entries are remembered: ${beyond} of them will be sent again`);
        },
        json: () => (parents.size + former.size === 0 ? undefined : jsonOf(parents, former)),
      };
    },
  };
}

/** Earlier releases kept the hash of each entry's bytes by its name. */
const isFormer = (former: ReadonlyMap<string, string>, name: string, page: Page, row: number): boolean =>
  former.size > 0 && former.get(name) === hashHex(page.record(row));

function hashOf(name: string, record: Uint8Array): string {
  const { hi, lo } = hashKeyed(name, record);
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeUInt32BE(hi, 0);
  bytes.writeUInt32BE(lo, 4);
  return bytes.toString('latin1');
}

function jsonOf(parents: ReadonlyMap<string, SentOf>, former: ReadonlyMap<string, string>): JsonObject {
  const pairs = [...parents].map(([key, { time, hashes, isOpen }]): [string, unknown] => [
    key,
    [
      Number.isNaN(time) ? null : time,
      Buffer.from(hashes.join(''), 'latin1').toString('base64url'),
      ...(isOpen ? [1] : []),
    ],
  ]);
  return { ...Object.fromEntries(former), ...Object.fromEntries(pairs) };
}

/** @throws DataError */
function parse(saved: unknown): { parents: Map<string, SentOf>; former: Map<string, string> } {
  const parents = new Map<string, SentOf>();
  const former = new Map<string, string>();
  for (const [key, value] of pairsOf(saved)) {
    if (typeof value === 'string') former.set(key, value);
    else parents.set(key, sentOf(value));
  }
  return { parents, former };
}

function sentOf(saved: unknown): SentOf {
  const [time, text, open] = Array.isArray(saved) ? (saved as unknown[]) : [];
  if ((typeof time !== 'number' && time !== null) || typeof text !== 'string') throw foreignEntries();
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length % 8 !== 0) throw foreignEntries();
  const hashes: string[] = [];
  for (let at = 0; at < bytes.length; at += 8) hashes.push(bytes.toString('latin1', at, at + 8));
  return { time: time ?? Number.NaN, hashes, isOpen: open === 1 };
}
