import type { Answer } from './answer.ts';
import type { Call } from './call.ts';
import { escaped } from './filter.ts';

/** An entry of a route table. `S` is the state of the vendor's sandbox. */
export interface Route<S> {
  method: string;
  /**
   * A path in which `{name}` stands for one segment, decoded (`/rest/users/{id}`), and `{name*}` for one
   * or more segments, as sent (`/{jobs*}/api/json`). The first route that matches is taken.
   */
  template: string;
  handle(service: S, call: Call): Answer | Promise<Answer>;
}

/** The matching route and the values of its template's names, if any. */
export function findRoute<R extends Route<never>>(
  routes: readonly R[],
  method: string,
  path: string,
): { route: R; params: Record<string, string> } | undefined {
  for (const route of routes) {
    if (route.method !== method) continue;
    const { pattern, names } = patternOf(route.template);
    const found = pattern.exec(path);
    if (!found) continue;
    const params = names.map((name, i) =>
      name.endsWith('*') ? [name.slice(0, -1), found[i + 1]!] : [name, safelyDecoded(found[i + 1]!)],
    );
    return { route, params: Object.fromEntries(params) as Record<string, string> };
  }
  return undefined;
}

const patterns = new Map<string, { pattern: RegExp; names: string[] }>();

function patternOf(template: string): { pattern: RegExp; names: string[] } {
  const known = patterns.get(template);
  if (known) return known;
  const parts = template.split(/\{([^}]+)\}/);
  const names = parts.filter((_, i) => i % 2 === 1);
  const source = parts.map((part, i) => {
    if (i % 2 === 0) return escaped(part);
    return part.endsWith('*') ? '(.+)' : '([^/]+)';
  });
  const made = { pattern: new RegExp(`^${source.join('')}$`), names };
  patterns.set(template, made);
  return made;
}

function safelyDecoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // A lone % is not a valid escape. It is looked up unchanged, and not found.
    return segment;
  }
}
