import type { Buffer } from 'node:buffer';
import {
  type HttpClient,
  isShortList,
  type Log,
  type Page,
  pagesByIds,
  pagesByOffset,
  type Select,
  ShortListError,
} from '@headrace/sdk';
import { isAt, isStringBegin, keyBefore, objectAround, stringBehindColon } from './raw-json.ts';

/**
 * The keys that hold an account id: a user's own, and those of a user field's values in a changelog. They are
 * looked for by their common end, which is short: Node finds up to six bytes by their first one, three times as
 * fast as more of them, and none here begins with a frequent one.
 */
const KEY_BEGINS = ['"account', '"tmpFromAccount', '"tmpToAccount'];
const KEY_END = 'Id"';
const MENTION = '"mention"';
const MENTION_PART = 'mentio';
const WIKI_MENTION = '[~accountid:';
const WIKI_PART = '~accountid:';

const MOST_CHARACTERS_OF_AN_ID = 128;
/** What Jira calls an account. Anything else in its place, an empty text as in recorded answers, is none. */
const ACCOUNT_ID = /^[\w:.-]{1,128}$/;

/**
 * Calls `found` with every account id that a valid JSON text refers to, as often as it does: values of the keys
 * `accountId`, `tmpFromAccountId` and `tmpToAccountId`, mentions in documents (`{"type": "mention", "attrs":
 * {"id": …}}`) and in wiki markup (`[~accountid:…]`, as changelogs keep texts). Nothing but a mention is parsed. A
 * key written with escapes is not found: nobody escapes letters.
 */
export function eachReference(bytes: Buffer, found: (accountId: string) => void): void {
  const take = (id: unknown): void => {
    if (typeof id === 'string' && ACCOUNT_ID.test(id)) found(id);
  };
  for (let at = bytes.indexOf(KEY_END); at !== -1; at = bytes.indexOf(KEY_END, at + KEY_END.length)) {
    if (KEY_BEGINS.some((begin) => isStringBegin(bytes, at - begin.length, begin)))
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

/** Whom the node mentions whose type is the string `"mention"` at `at`; undefined where that is no node's type. */
function mentioned(bytes: Buffer, at: number): unknown {
  const key = keyBefore(bytes, at, '"type"');
  if (key === -1) return undefined;
  const node = objectAround(bytes, key) as { type: unknown; attrs?: { id?: unknown } | null };
  return node.type === 'mention' ? node.attrs?.id : undefined;
}

/** The accounts behind ids, asked in bulk. */
export interface ReferencedUsers {
  /**
   * Pages of accounts as Jira lists them (`GET /user/bulk`), in the ids' order as far as Jira keeps it.
   * @param ids without repetitions; one that Jira does not know is left out and counted, one that makes it fail stands
   * in a page's `unreadable`
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
      const selection = select('values', { isLast: 'isLast', total: 'total' });
      const short: ShortListError[] = [];
      async function* ask(accountId: readonly string[]): AsyncGenerator<Page> {
        try {
          yield* pagesByOffset(http, { path: '/rest/api/3/user/bulk', query: { accountId } }, selection, {
            key: ['accountId'],
            offset: 'startAt',
            size: ['maxResults', MOST_IDS],
            isLast: 'isLast',
            total: 'total',
          });
        } catch (error) {
          if (!isShortList(error)) throw error;
          // The others are asked for first.
          short.push(error);
        }
      }
      for (const batch of batches(ids)) {
        unknown += batch.length;
        for await (const page of pagesByIds(batch, ask, { most: MOST_IDS })) {
          unknown -= page.count + page.unreadable.length;
          yield page;
        }
      }
      if (short.length > 0) throw shortTogether(short);
    },
    tell: () => {
      if (unknown > 0) log.info(`${unknown} accounts that records refer to are not known to Jira any more`);
      unknown = 0;
    },
  };
}

/** Lists of one kind that fell short. */
function shortTogether(lists: readonly ShortListError[]): ShortListError {
  const sum = (of: (one: ShortListError) => number): number => lists.reduce((all, one) => all + of(one), 0);
  return new ShortListError(
    lists[0]!.list,
    sum(({ rows }) => rows),
    sum(({ total }) => total ?? 0),
  );
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
