import { Buffer } from 'node:buffer';
import { instantOf } from '../../protocol/instant.ts';
import { Selection } from '../../protocol/selection.ts';
import type { Exchange } from './exchange.ts';

/** A list that the vendor cuts by time when it is asked to: the replay does it for it. */
export interface ReplayWindow {
  /** Paths of the requests that it is about; → all that bear `since` or `until`. */
  readonly path?: RegExp;
  /** The parameter, or member of the body, that holds the earliest time: rows at it are included. */
  readonly since?: string;
  /** The same for the latest: rows at it are not. */
  readonly until?: string;
  /** The path of the list in an answer (`''`: the answer is the list). */
  readonly records: string;
  /** The path of the time in a row. */
  readonly value: string;
}

/** Numbers below it are seconds since 1970, not ms. */
const SECONDS_END = 100_000_000_000;

type Request = Pick<Exchange, 'url' | 'sent'>;

/** The bodies of a list's answers, as a vendor answers that keeps to the times that it is asked for. */
export class TimeWindow {
  readonly #rule: ReplayWindow;
  readonly #selection: Selection<never, 'value'>;

  constructor(rule: ReplayWindow) {
    this.#rule = rule;
    this.#selection = new Selection({ records: rule.records, record: { value: rule.value } });
  }

  get names(): string[] {
    return [this.#rule.since, this.#rule.until].filter((name) => name !== undefined);
  }

  /**
   * The body without the rows that were not asked for; each row keeps its bytes.
   * @throws RangeError if a bound or the time of a row cannot be read
   */
  cut(request: Request, body: Buffer): Buffer {
    const { path, since, until } = this.#rule;
    const { pathname } = new URL(request.url, 'http://localhost');
    if (path && !path.test(pathname)) return body;
    const from = boundOf(request, since) ?? Number.NEGATIVE_INFINITY;
    const to = boundOf(request, until) ?? Number.POSITIVE_INFINITY;
    if (from === Number.NEGATIVE_INFINITY && to === Number.POSITIVE_INFINITY) return body;
    const page = this.#selection.scan(body);
    if (page.count === 0) return body;
    const kept: Buffer[] = [];
    for (let row = 0; row < page.count; row++) {
      const at = page.instant(row, 'value');
      if (Number.isNaN(at)) throw new RangeError(`row ${row} has no time at ${this.#rule.value}`);
      if (at >= from && at < to)
        kept.push(...(kept.length > 0 ? [COMMA] : []), body.subarray(...page.span(row)));
    }
    const [start] = page.span(0);
    const [, end] = page.span(page.count - 1);
    return Buffer.concat([body.subarray(0, start), ...kept, body.subarray(end)]);
  }
}

const DAY = /^\d{4}-\d\d-\d\d$/;
const COMMA = Buffer.from(',');

function boundOf({ url, sent }: Request, name: string | undefined): number | undefined {
  if (name === undefined) return undefined;
  const text = new URL(url, 'http://localhost').searchParams.get(name) ?? memberOf(sent, name);
  if (text === null || text === '') return undefined;
  const at = /^\d+$/.test(text) ? Number(text) : instantOf(DAY.test(text) ? `${text}T00:00:00Z` : text);
  if (Number.isNaN(at)) throw new RangeError(`${name}=${text} is no time`);
  return at < SECONDS_END && !/\D/.test(text) ? 1000 * at : at;
}

function memberOf(sent: string, name: string): string | null {
  if (!sent.startsWith('{')) return new URLSearchParams(sent).get(name);
  const value = (JSON.parse(sent) as Record<string, unknown>)[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}
