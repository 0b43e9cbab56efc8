import { Buffer } from 'node:buffer';

/** Members whose addresses a client follows, by their path (`links.next`, `@odata.nextLink`). */
export const FOLLOWED = /next/i;

/** Where addresses are followed: one server's are moved to another's. */
export interface Move {
  /** The vendor's base URL, as requests reach it. */
  readonly from: URL;
  /** Base URL of who stands in front of it. */
  readonly to: string;
  readonly followed: RegExp;
}

type Headers = Readonly<Record<string, string | string[]>>;

/** `Link` and `Location`, which name what is asked for next. */
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
 * An answer's body in which the addresses that a client follows lead to `to`. Only what stands outside of every list
 * is looked at: what stands inside are records, whose bytes stay the vendor's.
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

/** A JSON string from its bytes; undefined if these are none. */
function stringOf(token: string): string | undefined {
  try {
    return JSON.parse(Buffer.from(token, 'latin1').toString()) as string;
  } catch {
    return undefined;
  }
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g;

/** Where strings stand that are values of a member of such a path, outside of every list. */
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
