import type { Buffer } from 'node:buffer';
import { type HttpClient, type Log, type Page, pagesByOffset, type Select } from '@headrace/sdk';

/**
 * The keys that hold an account id: a user's own, and those of a user field's values in a changelog. They are
 * looked for by their common end, which is short: Node finds up to six bytes by their first one, three times as
 * fast as more of them, and none here begins with a frequent one.
 */
const KEY_BEGINS = ['"account', '"tmpFromAccount', '"tmpToAccount'];
const KEY_END = 'Id"';
const MENTION = '"mention"';
const MENTION_PART = 'mentio';
const TYPE_KEY = '"type"';
const WIKI_MENTION = '[~accountid:';
const WIKI_PART = '~accountid:';

const MOST_CHARACTERS_OF_AN_ID = 128;
/** What Jira calls an account. Anything else in its place, an empty text as in recorded answers, is none. */
const ACCOUNT_ID = /^[\w:.-]{1,128}$/;

const QUOTE = 0x22;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Calls `found` with every account id that a valid JSON text refers to, as often as it does: values of the keys
 * `accountId`, `tmpFromAccountId` and `tmpToAccountId`, mentions in documents (`{"type": "mention", "attrs":
 * {"id": …}}`) and in wiki markup (`[~accountid:…]`, as changelogs keep texts). Nothing is parsed but a mention:
 * a quote inside a string has a backslash before it, so a key's bytes stand nowhere but in a key. A key written
 * with escapes is not found: nobody escapes letters.
 */
export function eachReference(bytes: Buffer, found: (accountId: string) => void): void {
  const take = (id: unknown): void => {
    if (typeof id === 'string' && ACCOUNT_ID.test(id)) found(id);
  };
  for (let at = bytes.indexOf(KEY_END); at !== -1; at = bytes.indexOf(KEY_END, at + KEY_END.length)) {
    if (KEY_BEGINS.some((begin) => isKeyBegin(bytes, at - begin.length, begin)))
      take(stringBehindColon(bytes, at + KEY_END.length));
  }
  for (let at = bytes.indexOf(MENTION_PART); at !== -1; at = bytes.indexOf(MENTION_PART, at + 1)) {
    if (isAt(bytes, at - 1, MENTION)) take(mentioned(bytes, at - 1));
  }
  for (let at = bytes.indexOf(WIKI_PART); at !== -1; at = bytes.indexOf(WIKI_PART, at + 1)) {
    if (!isAt(bytes, at - 1, WIKI_MENTION)) continue;
    const from = at + WIKI_PART.length;
    const text = bytes.toString('latin1', from, from + MOST_CHARACTERS_OF_AN_ID + 1);
    take(text.slice(0, Math.max(0, text.indexOf(']'))));
  }
}

function isAt(bytes: Buffer, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Whether `text`, which begins with a key's opening quote, stands at `at`. */
function isKeyBegin(bytes: Buffer, at: number, text: string): boolean {
  return isAt(bytes, at, text) && bytes[at - 1] !== BACKSLASH;
}

/** The string that is the value of the key which ends before `at`; undefined where it is no string. */
function stringBehindColon(bytes: Buffer, at: number): string | undefined {
  const colon = skipSpace(bytes, at, 1);
  if (bytes[colon] !== COLON) return undefined;
  const start = skipSpace(bytes, colon + 1, 1);
  if (bytes[start] !== QUOTE) return undefined;
  const end = stringEnd(bytes, start);
  const isPlain = bytes.subarray(start, end).indexOf(BACKSLASH) === -1;
  return isPlain
    ? bytes.toString('utf8', start + 1, end - 1)
    : (JSON.parse(bytes.toString('utf8', start, end)) as string);
}

/** Whom the node mentions whose type is the string `"mention"` at `at`; undefined where that is no node's type. */
function mentioned(bytes: Buffer, at: number): unknown {
  const colon = skipSpace(bytes, at - 1, -1);
  const key = skipSpace(bytes, colon - 1, -1) + 1 - TYPE_KEY.length;
  if (bytes[colon] !== COLON || !isKeyBegin(bytes, key, TYPE_KEY)) return undefined;
  const start = objectStart(bytes, key);
  const node = JSON.parse(bytes.toString('utf8', start, objectEnd(bytes, start))) as Mention;
  return node.type === 'mention' ? node.attrs?.id : undefined;
}

interface Mention {
  readonly type: unknown;
  readonly attrs?: { readonly id?: unknown } | null;
}

/** The first byte from `at` on, in a direction, that is no white space. */
function skipSpace(bytes: Buffer, at: number, step: 1 | -1): number {
  let i = at;
  while (bytes[i]! <= 0x20) i += step;
  return i;
}

/** The position behind the string that begins at `start`. */
function stringEnd(bytes: Buffer, start: number): number {
  let end = bytes.indexOf(QUOTE, start + 1);
  while (isEscaped(bytes, end)) end = bytes.indexOf(QUOTE, end + 1);
  return end + 1;
}

/** Where the string begins whose closing quote is at `end`. */
function stringStart(bytes: Buffer, end: number): number {
  let start = bytes.lastIndexOf(QUOTE, end - 1);
  while (isEscaped(bytes, start)) start = bytes.lastIndexOf(QUOTE, start - 1);
  return start;
}

function isEscaped(bytes: Buffer, quote: number): boolean {
  let before = quote - 1;
  while (bytes[before] === BACKSLASH) before--;
  return (quote - before) % 2 === 0;
}

/** Where the object begins that has a key at `key`. */
function objectStart(bytes: Buffer, key: number): number {
  let depth = 0;
  for (let i = key - 1; ; i--) {
    const c = bytes[i];
    if (c === QUOTE) i = stringStart(bytes, i);
    else if (c === CLOSE_BRACE || c === CLOSE_BRACKET) depth++;
    else if ((c === OPEN_BRACE || c === OPEN_BRACKET) && depth-- === 0) return i;
  }
}

/** The position behind the object that begins at `start`. */
function objectEnd(bytes: Buffer, start: number): number {
  let depth = 0;
  for (let i = start; ; i++) {
    const c = bytes[i];
    if (c === QUOTE) i = stringEnd(bytes, i) - 1;
    else if (c === OPEN_BRACE || c === OPEN_BRACKET) depth++;
    else if ((c === CLOSE_BRACE || c === CLOSE_BRACKET) && --depth === 0) return i + 1;
  }
}

/** The accounts behind ids, asked in bulk. */
interface ReferencedUsers {
  /**
   * Pages of accounts as Jira lists them (`GET /user/bulk`), in the ids' order as far as Jira keeps it.
   * @param ids without repetitions; one that Jira does not know is left out and counted
   * @param select of the stream; its record has `accountId`
   */
  pages(ids: readonly string[], select: Select<'accountId'>): AsyncGenerator<Page>;
  /** Logs once how many ids no account was found for; for the end of the stream. */
  tell(): void;
}

/** Jira takes so many ids a call. */
const MOST_IDS = 200;
/** Servers and gateways refuse a request line of 8 kB: so long may the ids be, the rest has room. */
const MOST_CHARACTERS = 6000;

/** `users` of the mode `referenced`: a few requests instead of the whole directory. */
export function referencedUsers(http: HttpClient, log: Log): ReferencedUsers {
  let unknown = 0;
  return {
    pages: async function* (ids, select) {
      const selection = select('values', { isLast: 'isLast' });
      for (const accountId of batches(ids)) {
        let left = accountId.length;
        const request = { path: '/rest/api/3/user/bulk', query: { accountId } };
        for await (const page of pagesByOffset(http, request, selection, {
          key: ['accountId'],
          offset: 'startAt',
          size: ['maxResults', MOST_IDS],
          isLast: 'isLast',
        })) {
          left -= page.count;
          yield page;
        }
        unknown += left;
      }
    },
    tell: () => {
      if (unknown > 0) log.info(`${unknown} accounts that records refer to are not known to Jira any more`);
      unknown = 0;
    },
  };
}

/** As many ids at a time as fit one request. */
function* batches(ids: readonly string[]): Generator<string[]> {
  let batch: string[] = [];
  let characters = 0;
  for (const id of ids) {
    const more = '&accountId='.length + encodeURIComponent(id).length;
    if (batch.length === MOST_IDS || characters + more > MOST_CHARACTERS) {
      yield batch;
      batch = [];
      characters = 0;
    }
    batch.push(id);
    characters += more;
  }
  if (batch.length > 0) yield batch;
}
