import type { DataError } from '../../errors.ts';
import { isObject } from '../../protocol/is-object.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import { minus, type Order, orderJson, savedOrder } from './order-value.ts';
import { foreignState } from './saved.ts';

/** A stretch of the order that is not read yet, both ends included; undefined: from the beginning. */
export interface Gap {
  readonly low: Order | undefined;
  readonly high: Order;
}

/** What an open set knows of a partition between two units. */
export interface OpenSetState {
  /** The newest thing's order; undefined: nothing was read. */
  top: Order | undefined;
  /** What is not finished: id → hash of the bytes that were sent last. */
  readonly open: Map<string, string>;
  /** id → order of what was sent and may be listed again: near the newest, and at the ends of gaps. */
  readonly seen: Map<string, Order>;
  gaps: readonly Gap[];
}

/** Gaps that a state may have: each kill of a newest-first read leaves one. */
const GAPS_MOST = 16;

/** `{ top?, open, seen?, gaps?: [[low | null, high], …] }`; orders as `orderJson` writes them. @throws DataError */
export function parseOpenSet(saved: JsonObject | undefined): OpenSetState {
  const { top, open = {}, seen = {}, gaps = [] } = saved ?? {};
  if (!isObject(open) || !isObject(seen) || !Array.isArray(gaps)) throw foreign();
  return {
    top: top === undefined ? undefined : order(top),
    open: new Map(Object.entries(open).map(([id, hash]) => [id, text(hash)])),
    seen: new Map(Object.entries(seen).map(([id, one]) => [id, order(one)])),
    gaps: gaps.map((gap: unknown) => {
      if (!Array.isArray(gap)) throw foreign();
      const [low, high] = gap as unknown[];
      return { low: low === null ? undefined : order(low), high: order(high) };
    }),
  };
}

export function openSetJson({ top, open, seen, gaps }: OpenSetState): JsonObject {
  return {
    ...(top === undefined ? {} : { top: orderJson(top) }),
    open: Object.fromEntries(open),
    ...(seen.size === 0
      ? {}
      : { seen: Object.fromEntries([...seen].map(([id, one]) => [id, orderJson(one)])) }),
    ...(gaps.length === 0
      ? {}
      : { gaps: gaps.map(({ low, high }) => [low === undefined ? null : orderJson(low), orderJson(high)]) }),
  };
}

/** At most as many gaps as a state may have: the two that are nearest are read as one. */
export function joinGaps(gaps: readonly Gap[], joined: () => void): readonly Gap[] {
  const sorted = [...gaps].sort((a, b) => (a.high < b.high ? -1 : Number(a.high > b.high)));
  while (sorted.length >= GAPS_MOST) {
    let nearest = 0;
    for (let i = 1; i + 1 < sorted.length; i++)
      if (between(sorted, i) < between(sorted, nearest)) nearest = i;
    const [{ low }, { high }] = sorted.slice(nearest, nearest + 2) as [Gap, Gap];
    sorted.splice(nearest, 2, { low, high });
    joined();
  }
  return sorted;
}

function between(gaps: readonly Gap[], i: number): Order {
  const { low } = gaps[i + 1]!;
  return low === undefined ? Number.NEGATIVE_INFINITY : minus(low, gaps[i]!.high);
}

function order(saved: unknown): Order {
  const value = savedOrder(saved);
  if (value === undefined) throw foreign();
  return value;
}

function text(saved: unknown): string {
  if (typeof saved !== 'string') throw foreign();
  return saved;
}

const foreign = (): DataError => foreignState('is no open set');
