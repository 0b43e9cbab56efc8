import type { Page } from '../../protocol/page.ts';
import type { Cursor, CursorEnv, Scan, ScanPart } from '../cursor.ts';
import { hashHex } from './hash.ts';
import { checkOrder, type ListedPage, type Looked, listedPage, orderOf } from './open-set-rows.ts';
import { type Gap, joinGaps, type OpenSetState, openSetJson, parseOpenSet } from './open-set-state.ts';
import { larger, minus, type Order, smaller } from './order-value.ts';
import { SEEN_MOST } from './seen-most.ts';
import { idOf } from './window-rows.ts';

/** Which values of a thing are looked at, how it is listed, and when it is finished. */
export interface OpenSetOptions {
  /** The selected value that identifies a thing. */
  readonly key: string;
  /**
   * The selected value that orders things, a number (of any size, in quotes or not) or a timestamp (then it counts in
   * ms): larger for newer ones, and it never changes: a build's number, a pipeline's `created_on`, a snowflake id.
   */
  readonly order: string;
  /** How `read` lists: the oldest or the newest first. */
  readonly direction: 'ascending' | 'descending';
  /** Whether a thing may still change: it is asked for again by every run until it does not. */
  readonly isOpen: (page: Page, row: number) => boolean;
  /** How far behind the newest a thing may turn up late, in units of the order; → 0. */
  readonly overlap?: Order;
  /** Nothing older is listed; undefined: everything. */
  readonly start?: Order;
}

/** What one call of `read` is to bring for an open set. */
export interface OpenRange {
  /** What was not finished: to be asked for by id, in pages of their own, whatever the range. */
  readonly again: readonly string[];
  /**
   * The stretch to be listed, both included; undefined: no bound. What is brought beyond it is left out. A bigint if
   * it is a whole number above 2^53.
   */
  readonly since: Order | undefined;
  readonly until: Order | undefined;
  /** To be called for what the vendor no longer has (404 by its id): it is not asked for again. */
  readonly gone: (id: string) => void;
  /**
   * To be called before the first page where the vendor's order began anew (the newest number is below
   * `since`: the job was made again): what was known is forgotten, `again` is empty and `since` the start.
   */
  readonly restart: () => void;
}

/** No bytes have this hash. */
const NEVER_SENT = '';

/**
 * For things that begin, change and finish: builds, pipelines. Its state grows with what is open:
 * `top` – the newest thing's order; `open` – id → hash of the bytes last sent, empty for what could not be read yet
 * (`Page.unreadable`); `gaps` – stretches that an
 * interrupted newest-first read left; `seen` – id → order near `top` and at the ends of gaps.
 *
 * An open thing is sent again only when its bytes changed, a finished one never. `read` lists strictly in the order (ties allowed), a page
 * may overlap the one before. Newest first, the head above `top` and each gap are parts of their own, read
 * side by side: a first read that is killed goes on below where it stood. After 16 kills in a row two gaps are
 * read as one, and what lay between them is sent again (one WARN).
 */
export function openSet(options: OpenSetOptions): Cursor<OpenRange> {
  return { open: (saved, env) => openScan(options, parseOpenSet(saved), env) };
}

function openScan(options: OpenSetOptions, known: OpenSetState, env: CursorEnv): Scan<OpenRange> {
  const { overlap = 0, start, isOpen } = options;
  const descending = options.direction === 'descending';
  known.gaps = joinGaps(known.gaps, () =>
    env.warn('reading was interrupted often: some of what was sent will be sent again'),
  );
  let forgotten = 0;
  let restarted = false;

  interface Stretch {
    /** What is left to read of it; `high` undefined: the head, no bound. */
    low: Order | undefined;
    high: Order | undefined;
    readonly isHead: boolean;
    done: boolean;
  }
  const below = (top: Order | undefined): Order | undefined =>
    top === undefined ? start : minus(top, overlap);
  const head: Stretch = { low: below(known.top), high: undefined, isHead: true, done: false };
  const stretches: Stretch[] = [head, ...known.gaps.map((gap) => ({ ...gap, isHead: false, done: false }))];
  /** Which part brings what is open: the head what is asked for again, else the one that listed it. */
  const owners = new Map<string, Stretch>([...known.open.keys()].map((id) => [id, head]));
  const openGaps = (): Gap[] =>
    stretches.flatMap(({ low, high, isHead, done }) =>
      // The head is a gap once something above it went out; oldest first it has no upper end.
      done || high === undefined || (isHead && !descending) ? [] : [{ low, high }],
    );

  function prune(): void {
    const gaps = openGaps();
    const near = below(known.top) ?? Number.NEGATIVE_INFINITY;
    for (const [id, order] of known.seen) {
      const inGap = gaps.some(({ low, high }) => order <= high && order >= (low ?? order));
      if (order < near && !inGap) known.seen.delete(id);
    }
    for (const id of known.seen.keys()) {
      if (known.seen.size <= SEEN_MOST) return;
      known.seen.delete(id);
      forgotten++;
    }
  }

  function partOf(stretch: Stretch, ids: readonly string[]): ScanPart<OpenRange> {
    const range = { since: stretch.low, until: stretch.high };
    const asked = new Set(ids);
    let looked: Looked | undefined;
    let before: ListedPage | undefined;

    /** Decides what of a page is news, and keeps it for `advance`. */
    function look(page: Page): Looked {
      if (looked?.page === page) return looked;
      const rows: Looked['rows'] = [];
      const fresh = new Uint8Array(page.count);
      const here = new Set<string>();
      for (let row = 0; row < page.count; row++) {
        const id = idOf(page, row, options.key, rows.at(-1)?.id);
        const order = orderOf(page, row, id, options.order);
        // Two parts may show a thing at different times: the later bytes are those of the part that has it.
        const isElsewhere = owners.has(id) && owners.get(id) !== stretch;
        const sent = isElsewhere ? undefined : known.open.get(id);
        const open = isOpen(page, row);
        const hash = open || sent !== undefined ? hashHex(page.record(row)) : '';
        const inside = order >= (stretch.low ?? order) && order <= (stretch.high ?? order);
        const isKnown = isElsewhere || known.seen.get(id) === order;
        const news = sent !== undefined ? sent !== hash : inside && !isKnown;
        if (news && !here.has(id)) fresh[row] = 1;
        here.add(id);
        rows.push({ id, order, open, hash, mine: news || sent !== undefined, listed: !asked.has(id) });
      }
      checkOrder(rows, before, descending, options.order);
      looked = { page, rows, fresh };
      return looked;
    }

    return {
      from: {
        get again() {
          return restarted ? [] : ids;
        },
        get since() {
          return restarted ? start : range.since;
        },
        until: range.until,
        gone: (id) => {
          known.open.delete(id);
        },
        restart: () => {
          restarted = true;
          known.top = undefined;
          known.open.clear();
          known.seen.clear();
          owners.clear();
          asked.clear();
          stretches.splice(0, stretches.length, head);
          head.low = start;
          head.high = undefined;
        },
      },
      fresh: (page) => (stretches.includes(stretch) ? look(page).fresh : new Uint8Array(page.count)),
      // As what is open it is asked for by each run, until it comes or `gone` is said of it.
      owe(keys) {
        for (const key of keys) {
          if (!known.open.has(key)) known.open.set(key, NEVER_SENT);
          owners.set(key, stretch);
        }
      },
      advance(page) {
        // After a restart the head brings everything: what a gap brings is none of our business.
        if (!stretches.includes(stretch)) return;
        const { rows } = look(page);
        looked = undefined;
        before = listedPage(rows) ?? before;
        for (const { id, order, open, hash, mine, listed } of rows) {
          if (mine) {
            if (open) known.open.set(id, hash);
            else known.open.delete(id);
            if (open) owners.set(id, stretch);
            known.seen.set(id, order);
          }
          if (!listed) continue;
          if (stretch.isHead && order > (known.top ?? Number.NEGATIVE_INFINITY)) known.top = order;
          // What is asked for by id stands anywhere: only what is listed says how far the list came.
          if (descending)
            stretch.high = larger(
              smaller(order, stretch.high ?? order),
              stretch.low ?? Number.NEGATIVE_INFINITY,
            );
          else stretch.low = larger(order, stretch.low ?? order);
        }
        prune();
      },
      finish() {
        stretch.done = true;
        prune();
        if (forgotten > 0 && stretches.every(({ done }) => done)) {
          env.warn(
            `more than ${SEEN_MOST} things stand within the overlap: ${forgotten} of them will be sent again`,
          );
        }
      },
    };
  }

  const again = [...known.open.keys()];
  return {
    parts: stretches.map((stretch) => partOf(stretch, stretch.isHead ? again : [])),
    state: () => openSetJson({ ...known, gaps: openGaps() }),
  };
}
