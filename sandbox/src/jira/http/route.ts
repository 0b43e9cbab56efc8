import type { Site } from '../site.ts';
import type { Answer } from './answer.ts';

/** A request as a route sees it. */
export interface Call {
  method: string;
  /** Without the query string. */
  path: string;
  /** What stands at the `{name}`s of the template, decoded. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** The raw request body. */
  body: string;
  /** Pagination fault to apply, where the route pages by token. */
  paging?: 'repeat-token' | 'end-early';
}

/** An entry of the route table. */
export interface Route {
  method: 'GET' | 'POST';
  /** A path in which `{name}` stands for one segment: `/rest/api/3/issue/{idOrKey}`. */
  template: string;
  /** Answers a caller with valid credentials. */
  handle(site: Site, call: Call): Answer | Promise<Answer>;
  /** Answers any other caller; usually an empty result with status 200. */
  anonymous(site: Site, call: Call): Answer | Promise<Answer>;
}

/** The matching route and the values of its template's names, if any. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; params: Record<string, string> } | undefined {
  const segments = path.split('/');
  for (const route of routes) {
    if (route.method !== method) continue;
    const params = matchTemplate(route.template.split('/'), segments);
    if (params) return { route, params };
  }
  return undefined;
}

function matchTemplate(
  template: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  if (template.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (let i = 0; i < template.length; i++) {
    const name = /^\{(.+)\}$/.exec(template[i]!)?.[1];
    if (name === undefined ? template[i] !== segments[i] : segments[i] === '') return undefined;
    if (name !== undefined) params[name] = safelyDecoded(segments[i]!);
  }
  return params;
}

function safelyDecoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // A lone % is not a valid escape. The vendor looks up such a name unchanged, and does not find it.
    return segment;
  }
}

/**
 * Selects requests by route. `*` or no route matches all; otherwise give the end of a path (`search/jql`) or a whole
 * path, optionally after a method (`POST search/jql`). `*` inside a route matches any text. `containing` must occur
 * in the request's URL or body, for example to select one project or page.
 */
export interface RouteFilter {
  route?: string;
  containing?: string;
}

/** Whether a request matches the filter. */
export function isAbout(filter: RouteFilter, method: string, url: string, body: string): boolean {
  const { route = '*', containing } = filter;
  if (containing !== undefined && !`${decoded(url)}\n${body}`.includes(containing)) return false;
  if (route === '*') return true;
  const [first = '', second] = route.split(' ');
  if (second !== undefined && first !== method) return false;
  const parts = (second ?? first).split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const path = url.split('?')[0]!;
  return new RegExp(`(?:^|/)${parts.join('.*').replace(/^\//, '')}$`).test(path);
}

function decoded(url: string): string {
  return new URLSearchParams(`u=${url.replace(/&/g, '%26')}`).get('u') ?? url;
}
