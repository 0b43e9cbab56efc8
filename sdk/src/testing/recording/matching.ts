import { isObject } from '../../protocol/is-object.ts';
import { MASK } from '../../protocol/secrets.ts';
import type { Exchange } from './exchange.ts';

type Request = Pick<Exchange, 'method' | 'url' | 'sent'>;

/** Finds the recorded exchange for a request: method, path, query and body must be equal, in any order. */
export class Matching {
  readonly #ignore: ReadonlySet<string>;
  readonly #groups = new Map<string, Group>();

  /** @param ignore parameters and body members that may differ */
  constructor(exchanges: readonly Exchange[], ignore: ReadonlySet<string>) {
    this.#ignore = ignore;
    for (const exchange of exchanges) {
      const key = this.#keyOf(exchange);
      const group = this.#groups.get(key) ?? { exchanges: [], next: 0, like: likeOf(key) };
      this.#groups.set(key, group);
      group.exchanges.push(exchange);
    }
  }

  /** The next response to this request; the last one is repeated. Undefined if it was not recorded. */
  take(request: Request): Exchange | undefined {
    const key = this.#keyOf(request);
    const group = this.#groups.get(key) ?? [...this.#groups.values()].find(({ like }) => like?.test(key));
    if (!group) return undefined;
    const found = group.exchanges[group.next];
    group.next = Math.min(group.next + 1, group.exchanges.length - 1);
    return found;
  }

  /** Starts from the first response to each request again. */
  restart(): void {
    for (const group of this.#groups.values()) group.next = 0;
  }

  #keyOf({ method, url, sent }: Request): string {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    return JSON.stringify([method, pathname, this.#pairs(searchParams), this.#body(sent)]);
  }

  #pairs(params: URLSearchParams): string[] {
    return [...params]
      .filter(([name]) => !this.#ignore.has(name))
      .map((pair) => pair.join('='))
      .sort();
  }

  #body(text: string): unknown {
    if (/^\s*[{[]/.test(text)) {
      try {
        return this.#members(JSON.parse(text, exact as never));
      } catch {
        // Not JSON after all: compare it as text.
        return text;
      }
    }
    return /^[\w.~%+*-]+=/.test(text) ? this.#pairs(new URLSearchParams(text)) : text;
  }

  #members(value: unknown): unknown {
    if (!isObject(value)) return value;
    return Object.entries(value)
      .filter(([name]) => !this.#ignore.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

interface Group {
  readonly exchanges: Exchange[];
  next: number;
  /** Set if the recorded request contained a secret: any value in its place matches. */
  readonly like: RegExp | undefined;
}

/** Compare numbers by their digits: two ids of 19 digits may be equal as doubles. */
function exact(_key: string, value: unknown, { source }: { source?: string } = {}): unknown {
  return typeof value === 'number' ? `#${source ?? value}` : value;
}

function likeOf(key: string): RegExp | undefined {
  if (!key.includes(MASK)) return undefined;
  const parts = key.split(MASK).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^"]*')}$`);
}
