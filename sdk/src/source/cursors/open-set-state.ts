import type { DataError } from '../../errors.ts';
import { isObject } from '../../protocol/is-object.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import { minus, type Order, orderJson, savedOrder } from './order-value.ts';
import { foreignState } from './saved.ts';

/** A range of the order that is not read yet, both ends included; undefined: from the beginning. */
export interface UnreadRange {
  readonly low: Order | undefined;
  readonly high: Order;
}

/** What was sent of a thing that may be listed again. */
interface SentThing {
  readonly order: Order;
  /** Of its bytes; undefined: they are not compared (`OpenSetOptions.reopens`). */
  readonly hash: string | undefined;
}

/** When an open thing was last requested (`OpenSetOptions.stale`); ms since 1970. */
interface Asked {
  /** Its order. */
  readonly since: number;
  readonly at: number;
}

/** The newest thing, and what tells it from a later one with the same id. */
export interface Newest {
  readonly id: string;
  readonly born: string;
}

/** What an open set knows of a partition between two units. */
export interface OpenSetState {
  /** The order of the newest thing; undefined: nothing was read. */
  top: Order | undefined;
  /** Only with `OpenSetOptions.born`. */
  newest: Newest | undefined;
  /** What is not finished: id → hash of the bytes that were sent last. */
  readonly open: Map<string, string>;
  /** What was sent and may be listed again, near the newest and at the ends of gaps, by id. */
  readonly seen: Map<string, SentThing>;
  /** Open things, by id; only with `OpenSetOptions.stale`. */
  readonly asked: Map<string, Asked>;
  gaps: readonly UnreadRange[];
}

/** The most gaps that a state may have. Each kill of a newest-first read leaves one. */
const GAPS_MOST = 16;

/**
 * `{ top?, newest?: [id, born], open, seen?: { id: order | [order, hash] }, asked?: { id: [since, at] },
 * gaps?: [[low | null, high], …] }`; orders as written by `orderJson`. @throws DataError
 */
export function parseOpenSet(saved: JsonObject | undefined): OpenSetState {
  const { top, newest, open = {}, seen = {}, asked = {}, gaps = [] } = saved ?? {};
  if (!isObject(open) || !isObject(seen) || !isObject(asked) || !Array.isArray(gaps)) throw foreign();
  return {
    top: top === undefined ? undefined : order(top),
    newest: newest === undefined ? undefined : newestOf(newest),
    open: new Map(Object.entries(open).map(([id, hash]) => [id, text(hash)])),
    seen: new Map(Object.entries(seen).map(([id, one]) => [id, sentThing(one)])),
    asked: new Map(Object.entries(asked).map(([id, one]) => [id, askedOf(one)])),
    gaps: gaps.map((gap: unknown) => {
      if (!Array.isArray(gap)) throw foreign();
      const [low, high] = gap as unknown[];
      return { low: low === null ? undefined : order(low), high: order(high) };
    }),
  };
}

export function openSetJson({ top, newest, open, seen, asked, gaps }: OpenSetState): JsonObject {
  return {
    ...(top === undefined ? {} : { top: orderJson(top) }),
    ...(newest === undefined ? {} : { newest: [newest.id, newest.born] }),
    open: Object.fromEntries(open),
    ...(seen.size === 0
      ? {}
      : { seen: Object.fromEntries([...seen].map(([id, one]) => [id, sentJson(one)])) }),
    ...(asked.size === 0
      ? {}
      : { asked: Object.fromEntries([...asked].map(([id, { since, at }]) => [id, [since, at]])) }),
    ...(gaps.length === 0
      ? {}
      : { gaps: gaps.map(({ low, high }) => [low === undefined ? null : orderJson(low), orderJson(high)]) }),
  };
}

/** At most as many gaps as a state may have: the two nearest ones become one. */
export function joinGaps(gaps: readonly UnreadRange[], joined: () => void): readonly UnreadRange[] {
  const sorted = [...gaps].sort((a, b) => (a.high < b.high ? -1 : Number(a.high > b.high)));
  while (sorted.length >= GAPS_MOST) {
    let nearest = 0;
    for (let i = 1; i + 1 < sorted.length; i++)
      if (between(sorted, i) < between(sorted, nearest)) nearest = i;
    const [{ low }, { high }] = sorted.slice(nearest, nearest + 2) as [UnreadRange, UnreadRange];
    sorted.splice(nearest, 2, { low, high });
    joined();
  }
  return sorted;
}

function between(gaps: readonly UnreadRange[], i: number): Order {
  const { low } = gaps[i + 1]!;
  return low === undefined ? Number.NEGATIVE_INFINITY : minus(low, gaps[i]!.high);
}

function order(saved: unknown): Order {
  const value = savedOrder(saved);
  if (value === undefined) throw foreign();
  return value;
}

const sentJson = ({ order, hash }: SentThing): unknown =>
  hash === undefined ? orderJson(order) : [orderJson(order), hash];

function sentThing(saved: unknown): SentThing {
  if (!Array.isArray(saved)) return { order: order(saved), hash: undefined };
  return { order: order(saved[0]), hash: text(saved[1]) };
}

function askedOf(saved: unknown): Asked {
  const [since, at] = Array.isArray(saved) ? (saved as unknown[]) : [];
  if (typeof since !== 'number' || typeof at !== 'number') throw foreign();
  return { since, at };
}

function newestOf(saved: unknown): Newest {
  const [id, born] = Array.isArray(saved) ? (saved as unknown[]) : [];
  return { id: text(id), born: text(born) };
}

function text(saved: unknown): string {
  if (typeof saved !== 'string') throw foreign();
  return saved;
}

const foreign = (): DataError => foreignState('is not an open set');
