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

/** One line of the route table. */
export interface Route {
  method: 'GET' | 'POST';
  /** Path with `{name}` for one segment: `/rest/api/3/issue/{idOrKey}`. */
  template: string;
  /** The answer to a caller whose credentials are right. */
  handle(site: Site, call: Call): Answer | Promise<Answer>;
  /** The answer to any other caller: nothing, as a rule with status 200. */
  anonymous(site: Site, call: Call): Answer | Promise<Answer>;
}

/** A route and what its template's names stand for, if one matches. */
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
    // A lone % is no valid escape: the vendor looks such a name up as it stands and does not find it.
    return segment;
  }
}

/**
 * Says which requests something is about: `*` or nothing for all; else the end of a path (`search/jql`), a whole
 * one, or either behind a method (`POST search/jql`); `*` stands for anything. `containing` must occur in the
 * request's URL or body, which singles out a project or a page.
 */
export interface RouteFilter {
  route?: string;
  containing?: string;
}

/** Whether a request is one that the filter is about. */
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
