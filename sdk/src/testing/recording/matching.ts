import { isObject } from '../../protocol/is-object.ts';
import { MASK } from '../../protocol/secrets.ts';
import type { Exchange } from './exchange.ts';

type Request = Pick<Exchange, 'method' | 'url' | 'sent'>;

/** Which recorded exchange answers a request: method, path, query and body have to be the same, in any order. */
export class Matching {
  readonly #ignore: ReadonlySet<string>;
  readonly #groups = new Map<string, Group>();

  /** @param ignore parameters and members of a body that need not be the same */
  constructor(exchanges: readonly Exchange[], ignore: ReadonlySet<string>) {
    this.#ignore = ignore;
    for (const exchange of exchanges) {
      const key = this.#keyOf(exchange);
      const group = this.#groups.get(key) ?? { exchanges: [], next: 0, like: likeOf(key) };
      this.#groups.set(key, group);
      group.exchanges.push(exchange);
    }
  }

  /** The next of the answers to this request, the last one again and again; undefined: it was not recorded. */
  take(request: Request): Exchange | undefined {
    const key = this.#keyOf(request);
    const group = this.#groups.get(key) ?? [...this.#groups.values()].find(({ like }) => like?.test(key));
    if (!group) return undefined;
    const found = group.exchanges[group.next];
    group.next = Math.min(group.next + 1, group.exchanges.length - 1);
    return found;
  }

  /** Each request gets its first answer again. */
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
        // Not JSON after all: compared as it is.
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
  /** Set if a secret stood in the request: whatever stands there now fits. */
  readonly like: RegExp | undefined;
}

/** Numbers by their digits: two ids of 19 digits are one double. */
function exact(_key: string, value: unknown, { source }: { source?: string } = {}): unknown {
  return typeof value === 'number' ? `#${source ?? value}` : value;
}

function likeOf(key: string): RegExp | undefined {
  if (!key.includes(MASK)) return undefined;
  const parts = key.split(MASK).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^"]*')}$`);
}
