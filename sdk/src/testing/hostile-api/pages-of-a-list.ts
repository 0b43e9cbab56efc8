import type { Upstream } from '../upstream/upstream.ts';

/** Shorter values (a limit, an offset) may occur in a response by chance. */
const SHORTEST_TOKEN = 8;
/** Names of offsets and page numbers, and names that are not: sizes and ids. */
const PLACE = /offset|start|skip|page|position|index|from|begin/i;
const NO_PLACE = /size|limit|max|per|token|time|date|id$/i;
/** Larger numbers are timestamps. */
const MOST_PLACES = 1e9;

/** Whether a response names the requested page: by its token, in the body or in a link's URL. */
export function namesTheNext(answer: Upstream, { url, body }: { url: string; body: string }): boolean {
  const text = `${answer.body.toString('utf8')}\n${JSON.stringify(answer.headers)}`;
  return tokensOf(url, body).some((token) =>
    [token, encodeURIComponent(token)].some((written) =>
      [`"${written}"`, `=${written}"`, `=${written}&`, `=${written}\\u0026`, `=${written}>`].some((named) =>
        text.includes(named),
      ),
    ),
  );
}

/** Values in a query, and strings in a JSON body, that may be page tokens. Plain words are not. */
function tokensOf(url: string, body: string): string[] {
  const values = [...new URL(url, 'http://localhost').searchParams.values()];
  for (const [, value] of body.matchAll(/:\s*"([^"\\]*)"/g)) values.push(value!);
  return values.filter((value) => value.length >= SHORTEST_TOKEN && !/^[a-z]+(-[a-z]+)*$/i.test(value));
}

/** A request's numbers that may be a position in a list, by name, and everything else. */
export interface Places {
  readonly numbers: ReadonlyMap<string, number>;
  readonly rest: string;
}

export function placesOf(url: string, body: string): Places {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const numbers = new Map<string, number>();
  const rest = [pathname];
  const said = [...searchParams, ...membersOf(body)];
  for (const [name, value] of said.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const isPlace =
      PLACE.test(name) && !NO_PLACE.test(name) && /^\d+$/.test(value) && Number(value) < MOST_PLACES;
    if (isPlace) numbers.set(name, Number(value));
    else rest.push(name, value);
  }
  return { numbers, rest: JSON.stringify(rest) };
}

/**
 * Whether a request asks for an earlier page of the same list as another request: everything is equal except one
 * position. The request for the first page may lack it.
 * @returns the name of that position; undefined if not
 */
export function isPlaceBefore(one: Places, other: Places): number | undefined {
  if (one.rest !== other.rest || [...one.numbers.keys()].some((name) => !other.numbers.has(name)))
    return undefined;
  let place: number | undefined;
  for (const [name, value] of other.numbers) {
    const before = one.numbers.get(name) ?? -1;
    if (before === value) continue;
    if (before > value || place !== undefined) return undefined;
    place = before;
  }
  return place;
}

function membersOf(body: string): Array<[string, string]> {
  if (!body.startsWith('{')) return [];
  try {
    const members = Object.entries(JSON.parse(body) as object);
    return members.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]);
  } catch {
    // Not JSON: compare it as it is.
    return [['', body]];
  }
}
