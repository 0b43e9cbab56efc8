import { floorMinute } from '../../protocol/instant.ts';
import type { Page } from '../../protocol/page.ts';
import type { Cursor, CursorEnv, Scan, ScanPart } from '../cursor.ts';
import type { OpenRange, OpenSetOptions } from './open-set-options.ts';
import {
  checkOrder,
  hashWithout,
  type ListedPage,
  listedPage,
  type OpenSetPage,
  type OpenSetRow,
  orderOf,
} from './open-set-rows.ts';
import {
  joinGaps,
  type OpenSetState,
  openSetJson,
  parseOpenSet,
  type UnreadRange,
} from './open-set-state.ts';
import { larger, minus, type Order, smaller } from './order-value.ts';
import { SEEN_MOST } from './seen-most.ts';
import { idOf } from './window-rows.ts';

/** No bytes have this hash. */
const NEVER_SENT = '';

/**
 * For things that begin, change and finish: builds, pipelines. The state grows with what is open:
 * `top`: the order of the newest thing; `newest`: its id and `born`;
 * `open`: id → hash of the bytes sent last, empty if it could not be read yet (`Page.unreadable`);
 * `gaps`: ranges that an interrupted newest-first read left;
 * `seen`: id → order (and hash, with `reopens`) near `top` and at the ends of gaps;
 * `asked`: id → order and the time of the last request, with `stale`.
 *
 * An open thing is sent again only if its bytes changed. A finished one is never sent again (see `reopens`). `read`
 * lists strictly in the order (ties are allowed), and a page may overlap the one before. Newest first, the head above
 * `top` and each gap are parts of their own and read concurrently, so a first read that is killed continues below its
 * position. After 16 kills in a row two gaps are read as one, and what was between them is sent again (one WARN).
 */
export function openSet(options: OpenSetOptions): Cursor<OpenRange> {
  return {
    open: async (saved, env) => {
      const begin = options.stale ? floorMinute(await env.begin()) : 0;
      return openScan(options, parseOpenSet(saved), begin, env);
    },
  };
}

/** A range that one part reads. */
interface Stretch {
  /** What is left to read of it; `high` undefined: the head, no bound. */
  low: Order | undefined;
  high: Order | undefined;
  readonly isHead: boolean;
  done: boolean;
}

/** @param begin when the scan began, ms since 1970; only used with `stale` */
function openScan(
  options: OpenSetOptions,
  known: OpenSetState,
  begin: number,
  env: CursorEnv,
): Scan<OpenRange> {
  const { overlap = 0, start, isOpen, isWanted, aside = [], reopens = false, stale, born } = options;
  const descending = options.direction === 'descending';
  known.gaps = joinGaps(known.gaps, () =>
    env.warn('reading was interrupted often: some of what was sent will be sent again'),
  );
  let forgotten = 0;
  let restarted = false;
  const below = (top: Order | undefined): Order | undefined =>
    top === undefined ? start : minus(top, overlap);
  const head: Stretch = { low: below(known.top), high: undefined, isHead: true, done: false };
  const stretches: Stretch[] = [head, ...known.gaps.map((gap) => ({ ...gap, isHead: false, done: false }))];
  /** Which part brings an open thing: the head those that are requested again, otherwise the one that listed it. */
  const owners = new Map<string, Stretch>([...known.open.keys()].map((id) => [id, head]));
  const openGaps = (): UnreadRange[] =>
    stretches.flatMap(({ low, high, isHead, done }) =>
      // The head is a gap once something above it was sent. Oldest first it has no upper end.
      done || high === undefined || (isHead && !descending) ? [] : [{ low, high }],
    );

  function prune(): void {
    const gaps = openGaps();
    const near = below(known.top) ?? Number.NEGATIVE_INFINITY;
    for (const [id, { order }] of known.seen) {
      const inGap = gaps.some(({ low, high }) => order <= high && order >= (low ?? order));
      if (order < near && !inGap) known.seen.delete(id);
    }
    for (const id of known.seen.keys()) {
      if (known.seen.size <= SEEN_MOST) return;
      known.seen.delete(id);
      forgotten++;
    }
  }

  /** Open things whose turn it is. */
  function isDue(id: string): boolean {
    const asked = known.asked.get(id);
    if (!stale || !asked) return true;
    return begin - asked.since <= stale.afterMs || begin - asked.at >= stale.everyMs;
  }

  function close(id: string): void {
    known.open.delete(id);
    known.asked.delete(id);
  }

  /** A row that the part accounts for was written, or is as it was sent. */
  function keep({ id, order, open, hash, listed }: OpenSetRow, stretch: Stretch): void {
    if (open) {
      const isChanged = known.open.get(id) !== hash;
      known.open.set(id, hash);
      owners.set(id, stretch);
      // A list that shows it again does not put off its turn: what belongs to it is requested only then.
      if (stale && (isChanged || !listed || !known.asked.has(id)))
        known.asked.set(id, { since: Number(order), at: begin });
    } else close(id);
    known.seen.set(id, { order, hash: reopens ? hash : undefined });
  }

  /** The part's list came as far as this row. */
  function pass({ id, order, born }: OpenSetRow, stretch: Stretch): void {
    if (stretch.isHead && order > (known.top ?? Number.NEGATIVE_INFINITY)) {
      known.top = order;
      known.newest = undefined;
    }
    if (stretch.isHead && order === known.top && born !== undefined) known.newest = { id, born };
    if (descending)
      stretch.high = larger(smaller(order, stretch.high ?? order), stretch.low ?? Number.NEGATIVE_INFINITY);
    else stretch.low = larger(order, stretch.low ?? order);
  }

  function partOf(stretch: Stretch, ids: readonly string[]): ScanPart<OpenRange> {
    const range = { since: stretch.low, until: stretch.high };
    const asked = new Set(ids);
    let judged: OpenSetPage | undefined;
    let before: ListedPage | undefined;

    /** A row of a page, and whether it is sent. */
    function look(
      page: Page,
      row: number,
      before: string | undefined,
    ): OpenSetRow & { readonly news: boolean } {
      const id = idOf(page, row, options.key, before);
      const order = orderOf(page, row, id, options.order);
      // Two parts may show a thing at different times. The later bytes are those of the part that has it.
      const isElsewhere = owners.has(id) && owners.get(id) !== stretch;
      const sent = isElsewhere ? undefined : known.open.get(id);
      const wanted = isWanted?.(page, row) ?? true;
      const open = wanted && isOpen(page, row);
      const hash = open || reopens || sent !== undefined ? hashWithout(page, row, aside) : '';
      const inside = order >= (stretch.low ?? order) && order <= (stretch.high ?? order);
      const seen = known.seen.get(id);
      const isSame = seen?.order === order && (seen.hash === undefined || seen.hash === hash);
      const news = wanted && (sent !== undefined ? sent !== hash : inside && !isElsewhere && !isSame);
      return {
        id,
        order,
        open,
        hash,
        news,
        mine: news || sent !== undefined,
        listed: !asked.has(id),
        born: born === undefined ? undefined : page.id(row, born),
      };
    }

    /** Decides which rows of a page are sent, and remembers it for `advance`. */
    function judge(page: Page): OpenSetPage {
      if (judged?.page === page) return judged;
      const rows: OpenSetRow[] = [];
      const fresh = new Uint8Array(page.count);
      const here = new Set<string>();
      for (let row = 0; row < page.count; row++) {
        const one = look(page, row, rows.at(-1)?.id);
        if (one.news && !here.has(one.id)) fresh[row] = 1;
        here.add(one.id);
        rows.push(one);
      }
      checkOrder(rows, before, descending, options.order);
      judged = { page, rows, fresh };
      return judged;
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
        get top() {
          return known.newest;
        },
        wants: (page) =>
          Uint8Array.from({ length: page.count }, (_, row) => {
            const { id, news, mine, open } = look(page, row, undefined);
            return Number(news || ((mine || open) && isDue(id)));
          }),
        gone: close,
        restart: () => {
          restarted = true;
          known.top = undefined;
          known.newest = undefined;
          for (const map of [known.open, known.seen, known.asked, owners]) map.clear();
          asked.clear();
          stretches.splice(0, stretches.length, head);
          head.low = start;
          head.high = undefined;
        },
      },
      fresh: (page) => (stretches.includes(stretch) ? judge(page).fresh : new Uint8Array(page.count)),
      // Each run requests it like an open thing, until it comes or `gone` is called.
      owe(keys) {
        for (const key of keys) {
          const seen = known.seen.get(key);
          // A finished thing that was sent is only listed again. With `reopens` it may have changed since.
          if (seen && !reopens && !known.open.has(key)) continue;
          if (!known.open.has(key)) known.open.set(key, seen?.hash ?? NEVER_SENT);
          owners.set(key, stretch);
        }
      },
      advance(page) {
        // After a restart the head brings everything, and the other parts do not count.
        if (!stretches.includes(stretch)) return;
        const { rows } = judge(page);
        judged = undefined;
        before = listedPage(rows) ?? before;
        for (const row of rows) {
          if (row.mine) keep(row, stretch);
          // A thing that is requested by its id may be anywhere. Only listed rows say how far the list came.
          if (row.listed) pass(row, stretch);
        }
        prune();
      },
      finish() {
        stretch.done = true;
        prune();
        if (forgotten > 0 && stretches.every(({ done }) => done)) {
          env.warn(
            `more than ${SEEN_MOST} things are within the overlap: ${forgotten} of them will be sent again`,
          );
        }
      },
    };
  }

  const again = [...known.open.keys()].filter(isDue);
  return {
    parts: stretches.map((stretch) => partOf(stretch, stretch.isHead ? again : [])),
    state: () => openSetJson({ ...known, gaps: openGaps() }),
  };
}
