import type { Upstream } from '../upstream/upstream.ts';

/** Shorter values (a limit, an offset) stand in an answer by chance. */
const SHORTEST_TOKEN = 8;
/** What an offset or the number of a page is called, and what is none: a size, an id. */
const PLACE = /offset|start|skip|page|position|index|from|begin/i;
const NO_PLACE = /size|limit|max|per|token|time|date|id$/i;
/** Larger ones are instants. */
const MOST_PLACES = 1e9;

/** Whether an answer names the page that is asked for: by a token, in its body or in the URL of a link. */
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

/** Values of a query and texts of a JSON body that may be a page token; what is a word in plain letters is none. */
function tokensOf(url: string, body: string): string[] {
  const values = [...new URL(url, 'http://localhost').searchParams.values()];
  for (const [, value] of body.matchAll(/:\s*"([^"\\]*)"/g)) values.push(value!);
  return values.filter((value) => value.length >= SHORTEST_TOKEN && !/^[a-z]+(-[a-z]+)*$/i.test(value));
}

/** What a request says: the numbers that tell a place in a list, by their names, and all the rest. */
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
 * Whether a request asks for an earlier page of the list that another one asks for: all is the same but one place. A
 * first page may be asked for without.
 * @returns that place; undefined if not
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
    // Whatever it is, it is compared as it stands.
    return [['', body]];
  }
}
