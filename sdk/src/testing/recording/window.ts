import { Buffer } from 'node:buffer';
import { instantOf } from '../../protocol/instant.ts';
import { Selection } from '../../protocol/selection.ts';
import type { Exchange } from './exchange.ts';

/** A list that the vendor filters by time on request. The replay applies the same filter. */
export interface ReplayWindow {
  /** Paths of the requests that it applies to. Default: all with `since` or `until`. */
  readonly path?: RegExp;
  /** The parameter, or body member, with the earliest time (inclusive). */
  readonly since?: string;
  /** The same for the latest time (exclusive). */
  readonly until?: string;
  /** The path of the list in a response (`''`: the response itself is the list). */
  readonly records: string;
  /** The path of the time in a row. */
  readonly value: string;
}

/** Smaller numbers are seconds since 1970, not ms. */
const SECONDS_END = 100_000_000_000;

type Request = Pick<Exchange, 'url' | 'sent'>;

/** Filters a list's responses by the requested times, as the vendor would. */
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
   * The body without the rows outside the requested times. The other rows keep their bytes.
   * @throws RangeError if a bound or a row's time cannot be read
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
