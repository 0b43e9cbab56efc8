import { Buffer } from 'node:buffer';

/** Matches the paths of members whose URLs a client follows (`links.next`, `@odata.nextLink`). */
export const FOLLOWED = /next/i;

/** Rewrites URLs of one server to another. */
export interface Move {
  /** The vendor's base URL, as used for requests. */
  readonly from: URL;
  /** The base URL of the server in front of it. */
  readonly to: string;
  readonly followed: RegExp;
}

type Headers = Readonly<Record<string, string | string[]>>;

/** Rewrites `Link` and `Location`, which say what to request next. */
export function moveHeaders(headers: Headers, move: Move): Record<string, string | string[]> {
  const moved: Record<string, string | string[]> = { ...headers };
  for (const name of ['link', 'location']) {
    const value = moved[name];
    if (value === undefined) continue;
    const texts = [value]
      .flat()
      .map((text) => text.replace(/https?:\/\/[^\s<>"]+/g, (url) => moveUrl(url, move)));
    moved[name] = Array.isArray(value) ? texts : texts[0]!;
  }
  return moved;
}

/**
 * Rewrites the URLs in a response's body that a client follows. Only members outside lists are changed: lists
 * contain records, whose bytes must stay the vendor's.
 */
export function moveBody(body: Buffer, move: Move): Buffer {
  if (!body.includes(move.from.host)) return body;
  const text = body.toString('latin1');
  const parts: string[] = [];
  let from = 0;
  for (const { start, end } of followedStrings(text, move.followed)) {
    const url = stringOf(text.slice(start, end));
    const moved = url === undefined ? url : moveUrl(url, move);
    if (moved === url) continue;
    parts.push(text.slice(from, start), Buffer.from(JSON.stringify(moved)).toString('latin1'));
    from = end;
  }
  return from === 0 ? body : Buffer.from([...parts, text.slice(from)].join(''), 'latin1');
}

function moveUrl(text: string, { from, to }: Move): string {
  const url = URL.parse(text);
  const prefix = from.pathname.replace(/\/+$/, '');
  if (!url || url.host !== from.host || !`${url.pathname}/`.startsWith(`${prefix}/`)) return text;
  return to + text.slice(text.indexOf(url.host) + url.host.length + prefix.length);
}

/** Parses a JSON string from its bytes; undefined if they are not one. */
function stringOf(token: string): string | undefined {
  try {
    return JSON.parse(Buffer.from(token, 'latin1').toString()) as string;
  } catch {
    return undefined;
  }
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g;

/** The positions of strings that are values of such members, outside lists. */
function* followedStrings(
  text: string,
  followed: RegExp,
): IterableIterator<{ readonly start: number; readonly end: number }> {
  const path: string[] = [];
  let lists = 0;
  let key = '';
  let isValue = false;
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    if (token === '[') lists++;
    else if (token === ']') lists--;
    else if (lists > 0) continue;
    else if (token === '{') {
      path.push(key);
      isValue = false;
    } else if (token === '}') path.pop();
    else if (token === ':') isValue = true;
    else if (token === ',') isValue = false;
    else if (!isValue) key = stringOf(token) ?? '';
    else if (followed.test([...path.slice(1), key].join('.')))
      yield { start: index, end: index + token.length };
  }
}
