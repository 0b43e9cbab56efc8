import type { Answer } from '../classify.ts';

/** One limit, as reported in a response's headers. Undefined members were not reported. */
export interface ToldLimit {
  /** The policy's name; '' if it has none. */
  readonly name: string;
  /** Requests per window. */
  readonly limit?: number;
  readonly windowMs?: number;
  /** Requests left until the reset. */
  readonly remaining?: number;
  /** Milliseconds until the reset, by the server's clock. */
  readonly resetMs?: number;
  /** The reset by the server's clock in ms since 1970, if it was given as an instant. */
  readonly resetAt?: number;
  /** With `resetAt`: the server's clock when the response arrived, as known at that time. */
  readonly server?: number;
}

type Headers = Answer['headers'];

/** A reset further away than this must be a mistake. */
const FURTHEST_MS = 31 * 86_400_000;

/**
 * `Retry-After` in milliseconds from now: seconds or an HTTP date (RFC 9110 §10.2.3), compared with the server's
 * own Date if present. Negative values and other text are ignored.
 */
export function retryAfter({ headers }: Pick<Answer, 'headers'>, now: number): number | undefined {
  const value = text(headers, 'retry-after')?.trim();
  if (!value) return undefined;
  const seconds = Number(value);
  if (!Number.isNaN(seconds))
    return seconds >= 0 && seconds * 1000 <= FURTHEST_MS ? seconds * 1000 : undefined;
  const date = Date.parse(value);
  if (Number.isNaN(date) || !/[a-z]{3}/i.test(value)) return undefined;
  const left = date - serverNow(headers, now);
  return left > FURTHEST_MS ? undefined : Math.max(0, left);
}

/**
 * Every limit in the headers: `RateLimit` with `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers 8 and
 * later, and draft 7's `limit=, remaining=, reset=`), `RateLimit-Limit/-Remaining/-Reset` (up to draft 6), and the
 * non-standard `X-RateLimit-*`.
 * @param server the server's clock, more exact than a single Date header (see ServerClock)
 */
export function toldLimits(headers: Headers, now: number, server = serverNow(headers, now)): ToldLimit[] {
  const found = new Map<string, ToldLimit>();
  const add = (name: string, told: Omit<ToldLimit, 'name'>): void => {
    const known = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
    if (Object.keys(known).length > 0) found.set(name, { ...found.get(name), name, ...known });
  };
  for (const { item, parameters } of members(text(headers, 'ratelimit-policy'))) {
    // Only limits on requests can be counted here, not other units (`qu="content-bytes"`).
    if (parameters.qu !== undefined && parameters.qu !== 'requests') continue;
    const old = Number(item);
    if (Number.isNaN(old)) add(item, { limit: count(parameters.q, 1), windowMs: seconds(parameters.w) });
    else
      add(parameters.w === undefined ? '' : `${item};${parameters.w}`, {
        limit: count(item, 1),
        windowMs: seconds(parameters.w),
      });
  }
  const now7: Record<string, string> = {};
  for (const { item, parameters } of members(text(headers, 'ratelimit'))) {
    const pair = /^(limit|remaining|reset)=(.*)$/i.exec(item);
    if (pair) now7[pair[1]!.toLowerCase()] = pair[2]!;
    else if (found.has(item) || text(headers, 'ratelimit-policy') === undefined)
      add(item, { remaining: count(parameters.r, 0), resetMs: seconds(parameters.t) });
  }
  const first = (value: string | undefined): string | undefined => value?.split(/[,;]/, 1)[0];
  for (const prefix of ['', 'x-']) {
    const field = (name: string): string | undefined =>
      text(headers, `${prefix}ratelimit-${name}`) ?? (prefix === '' ? now7[name] : undefined);
    const told = {
      limit: count(first(field('limit')), 1),
      remaining: count(first(field('remaining')), 0),
      ...reset(field('reset'), server),
    };
    // If exactly one policy has this limit, it gives the window.
    const same = [...found.values()].filter(
      ({ limit, windowMs }) => windowMs !== undefined && limit === told.limit,
    );
    add(same.length === 1 ? same[0]!.name : '', told);
  }
  return [...found.values()];
}

/** A reset given as seconds left, epoch seconds, epoch milliseconds or a date; told apart by size and format. */
function reset(value: string | undefined, server: number): Omit<ToldLimit, 'name'> {
  if (value === undefined || value.trim() === '') return {};
  const number = Number(value);
  const isLeft = number < 1e9;
  const at = Number.isNaN(number) ? Date.parse(value) : number >= 1e11 ? number : number * 1000;
  const left = isLeft ? number * 1000 : at - server;
  if (Number.isNaN(left) || number < 0 || left > FURTHEST_MS) return {};
  return { resetMs: Math.max(0, left), ...(isLeft ? {} : { resetAt: at, server }) };
}

/** A larger difference than rounding and latency can explain: a clock was set. */
const CLOCK_WAS_SET_MS = 5000;

/**
 * An estimate of the server's clock. One Date header has a resolution of a second. The latest of many is off only
 * by the latency of the response.
 */
export class ServerClock {
  /** How far the server's clock is ahead of ours. */
  #aheadMs: number | undefined;

  /** The server's time at our time `now`, which is when the response arrived. */
  hear(headers: Headers, now: number): number {
    const date = Date.parse(text(headers, 'date') ?? '');
    const known = this.#aheadMs;
    if (!Number.isNaN(date)) {
      const ahead = date - now;
      this.#aheadMs =
        known === undefined || ahead < known - CLOCK_WAS_SET_MS ? ahead : Math.max(known, ahead);
    }
    return now + (this.#aheadMs ?? 0);
  }
}

/** The server's clock, if the response tells it. A reset in epoch seconds is relative to this clock. */
function serverNow(headers: Headers, now: number): number {
  const date = Date.parse(text(headers, 'date') ?? '');
  return Number.isNaN(date) ? now : date;
}

function count(value: string | undefined, least: number): number | undefined {
  if (value === undefined || !/^\s*\d+(\.\d+)?\s*$/.test(value)) return undefined;
  const number = Number(value);
  return number >= least ? number : undefined;
}

function seconds(value: string | undefined): number | undefined {
  const number = count(value, 0);
  return number === undefined || number * 1000 > FURTHEST_MS ? undefined : number * 1000;
}

/**
 * Parses the members of a structured field list (RFC 9651), as far as these headers use it. Quotes are dropped.
 */
function members(value: string | undefined): Array<{ item: string; parameters: Record<string, string> }> {
  if (value === undefined || value.length > 2000) return [];
  return split(value, ',').map((member) => {
    const [item = '', ...rest] = split(member, ';').map((part) => part.trim());
    const parameters: Record<string, string> = {};
    for (const part of rest) {
      const at = part.indexOf('=');
      if (at > 0) parameters[part.slice(0, at).trim().toLowerCase()] = unquoted(part.slice(at + 1).trim());
    }
    return { item: unquoted(item), parameters };
  });
}

function split(value: string, by: string): string[] {
  const parts: string[] = [];
  let quoted = false;
  let from = 0;
  for (let i = 0; i < value.length; i++) {
    if (value[i] === '"' && value[i - 1] !== '\\') quoted = !quoted;
    if (value[i] === by && !quoted) {
      parts.push(value.slice(from, i));
      from = i + 1;
    }
  }
  parts.push(value.slice(from));
  return parts.filter((part) => part.trim() !== '');
}

function unquoted(value: string): string {
  return /^".*"$/.test(value) ? value.slice(1, -1) : value;
}

function text(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
