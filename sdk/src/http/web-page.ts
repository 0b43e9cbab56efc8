import type { Buffer } from 'node:buffer';
import { cutTo } from './excerpt.ts';

/** How much of a page is searched for its title. */
const LOOKED_AT = 64 << 10;
/** The markup must begin within this many bytes. */
const FIRST_BYTES = 256;
const MOST_LETTERS = 120;
/** For a page without a title we quote its text, not its code. */
const INVISIBLE = /<(script|style|head)[\s>].*?<\/\1\s*>|<!--.*?-->|<!doctype[^>]*>/gis;

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  apos: "'",
  gt: '>',
  lt: '<',
  mdash: '—',
  middot: '·',
  nbsp: ' ',
  ndash: '–',
  quot: '"',
};

/**
 * Describes a response that is markup instead of JSON: `a web page, “Sign in”`, `XML, <Error> “Access denied”`.
 * Recognised by its first character, whatever the Content-Type: JSON never begins with `<`. Undefined for anything
 * else.
 */
export function webPageOf(bytes: Buffer): string | undefined {
  if (!/^\s*</.test(bytes.toString('utf8', 0, FIRST_BYTES))) return undefined;
  const text = bytes.toString('utf8', 0, LOOKED_AT);
  const isPage = /^\s*<(!doctype html|html|head|body|!--|meta|script|title|center|h1)|<html[\s>]/i.test(text);
  const named = textOf(text, 'title') ?? textOf(text, 'h1') ?? textOf(text, 'message');
  const title = named ?? (isPage ? plain(text.replace(INVISIBLE, ' ')) : undefined);
  const root = /<([a-z][\w:.-]*)/i.exec(text)?.[1];
  const kind = isPage || root === undefined ? 'a web page' : `XML, <${root}>`;
  if (title === undefined) return isPage ? `${kind} without a title` : kind;
  return `${kind}${isPage ? ',' : ''} “${title}”`;
}

/** How JSON begins, or an empty response. */
const JSON_BEGINS = /^\s*(?:$|[[{"\-\d]|(?:true|false|null)\b)/;

/**
 * Describes a response that does not even begin like JSON: a web page, or `text, “no healthy upstream”`. Undefined for
 * one that does, which may be cut.
 * @param quotes whether the response may be quoted
 * @param scrub removes known secrets from the text, before it is cut (invariant 6)
 */
export function foreignOf(
  bytes: Buffer,
  quotes: boolean,
  scrub: (text: string) => string = (text) => text,
): string | undefined {
  const begin = bytes.toString('utf8', 0, FIRST_BYTES);
  if (JSON_BEGINS.test(begin)) return undefined;
  if (!quotes) return /^\s*</.test(begin) ? 'a web page or XML' : 'text';
  const page = webPageOf(bytes);
  if (page !== undefined) return page;
  const words = plain(scrub(bytes.toString('utf8', 0, LOOKED_AT)).slice(0, FIRST_BYTES));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are no text
  return words === undefined || /[\u0000-\u001f\ufffd]/.test(words)
    ? 'bytes that are no text'
    : `text, “${words}”`;
}

/** The text of the first element with this name, on one line; undefined if there is none or it is empty. */
function textOf(markup: string, element: string): string | undefined {
  const found = new RegExp(`<${element}(?:\\s[^>]*)?>(.*?)</${element}\\s*>`, 'is').exec(markup)?.[1];
  return found === undefined ? undefined : plain(found);
}

/** The visible text of markup, on one line; undefined if there is none. */
function plain(markup: string): string | undefined {
  const text = markup
    .replace(/<!\[CDATA\[(.*?)\]\]>/gs, '$1')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));/gi, (entity, decimal, hex, name) =>
      name === undefined
        ? letter(decimal ? Number(decimal) : Number.parseInt(hex, 16))
        : (ENTITIES[name] ?? entity),
    )
    .replace(/\s+/g, ' ')
    .trim();
  if (text === '') return undefined;
  return cutTo(MOST_LETTERS, text);
}

function letter(code: number): string {
  return code > 0x1f && code <= 0x10ffff ? String.fromCodePoint(code) : ' ';
}
