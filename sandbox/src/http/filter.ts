/**
 * Selects requests by route. `*` or no route matches all; otherwise give the end of a path (`users/search`) or a whole
 * path, optionally after a method (`POST users/search`). `*` inside a route matches any text. `containing` must occur
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
  const parts = (second ?? first).split('*').map(escaped);
  const path = url.split('?')[0]!;
  return new RegExp(`(?:^|/)${parts.join('.*').replace(/^\//, '')}$`).test(path);
}

/** A text as a pattern that matches only this text. */
export function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function decoded(url: string): string {
  return new URLSearchParams(`u=${url.replace(/&/g, '%26')}`).get('u') ?? url;
}
