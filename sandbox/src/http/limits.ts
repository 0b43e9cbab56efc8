import type { Answer } from './answer.ts';
import type { Call } from './call.ts';
import { type Counter, newCounter, type Room, roomOf, type Size, spend } from './meter.ts';
import type { Outgoing } from './send.ts';

/** How much a vendor lets its callers ask for, and what it answers when that is spent. */
export interface LimitRule {
  /** For the command `limit`. */
  name: string;
  /**
   * `bucket`: refills steadily, holds one window's amount. `window`: full again at each multiple of the window's
   * length. `rolling`: the amount applies to any time of that length.
   */
  kind: 'bucket' | 'window' | 'rolling';
  /** Requests, or whatever `cost` counts; undefined = no limit. */
  amount: number | undefined;
  windowMs: number;
  /** Milliseconds: the sandbox's clock, or real time if a client that waits as told must get through in a test. */
  now(): number;
  /**
   * The counter that a request counts in, such as the route's name or the caller's. Undefined if the limit does not
   * cover it.
   * @param route method and template
   */
  counter(call: Call, route: string): string | undefined;
  /**
   * What an answer costs, in the limit's unit; `ms` is how long it took. It is charged once the answer is known.
   * Without `cost`, each request costs 1, charged before it is answered.
   */
  cost?(call: Call, answer: Outgoing, ms: number): number;
  /** Headers of all answers that the limit covers, refusals too. Not called while there is no limit. */
  headers?(room: Room): Record<string, string>;
  refuse(room: Room): Answer;
}

/** A limit of a running sandbox. */
export interface Limit extends LimitRule {
  counters: Map<string, Counter>;
}

export function limitsOf(rules: readonly LimitRule[]): Limit[] {
  return rules.map((rule) => ({ ...rule, counters: new Map() }));
}

/** Changes a limit. What was spent so far is forgotten. */
export function setLimit(limit: Limit, amount: number | undefined, windowMs: number): void {
  Object.assign(limit, { amount, windowMs, counters: new Map() });
}

/** Counts a request in all limits, up to the first one that refuses it. */
export function take(
  limits: readonly Limit[],
  call: Call,
  route: string,
): { headers: Record<string, string>; refusal?: Answer } {
  const headers: Record<string, string> = {};
  for (const limit of limits) {
    const size = sizeOf(limit);
    const counter = size && counterOf(limit, call, route);
    if (!counter) continue;
    const now = limit.now();
    const allowed = roomOf(size, counter, now).left >= 1;
    if (allowed && !limit.cost) spend(size, counter, now, 1);
    const room = roomOf(size, counter, now);
    Object.assign(headers, limit.headers?.(room));
    if (!allowed) return { headers, refusal: limit.refuse(room) };
  }
  return { headers };
}

/** Charges an answer to the limits that have a `cost`. Returns the sum. */
export function charge(
  limits: readonly Limit[],
  call: Call,
  route: string,
  answer: Outgoing,
  ms: number,
): number {
  let sum = 0;
  for (const limit of limits) {
    const counter = limit.cost && counterOf(limit, call, route);
    if (!counter) continue;
    const cost = limit.cost!(call, answer, ms);
    sum += cost;
    const size = sizeOf(limit);
    if (size) spend(size, counter, limit.now(), cost);
  }
  return sum;
}

function sizeOf({ kind, amount, windowMs }: Limit): Size | undefined {
  return amount === undefined ? undefined : { kind, amount, windowMs };
}

function counterOf(limit: Limit, call: Call, route: string): Counter | undefined {
  const name = limit.counter(call, route);
  if (name === undefined) return undefined;
  const counter = limit.counters.get(name) ?? newCounter();
  limit.counters.set(name, counter);
  return counter;
}
