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
import { isAt, isStringBegin, keyBefore, objectAround, stringBehindColon } from '../answers/raw-json.ts';

/**
 * The keys that contain an account id: those of users, and those of user fields in a changelog. The search looks for
 * their common ending, because it is short: Node searches for texts of up to six bytes by their first byte, three
 * times as fast as for longer ones. All texts searched for start with a rare byte.
 */
const KEY_BEGINS = ['"account', '"tmpFromAccount', '"tmpToAccount'];
const KEY_END = 'Id"';
const MENTION = '"mention"';
const MENTION_PART = 'mentio';
const WIKI_MENTION = '[~accountid:';
const WIKI_PART = '~accountid:';

const MOST_CHARACTERS_OF_AN_ID = 128;
/** The format of a Jira account id. Anything else, such as the empty text in recorded responses, is not one. */
const ACCOUNT_ID = /^[\w:.-]{1,128}$/;

/**
 * Calls `found` with every account id in a valid JSON text, as often as it occurs: values of the keys `accountId`,
 * `tmpFromAccountId` and `tmpToAccountId`, mentions in documents (`{"type": "mention", "attrs": {"id": …}}`) and in
 * wiki markup (`[~accountid:…]`, used in changelogs). Only mentions are parsed. A key with escaped letters is not
 * found; Jira does not write such keys.
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

/** The account id of the mention whose type `"mention"` is at `at`. Undefined if this is not the type of a node. */
function mentioned(bytes: Buffer, at: number): unknown {
  const key = keyBefore(bytes, at, '"type"');
  if (key === -1) return undefined;
  const node = objectAround(bytes, key) as { type: unknown; attrs?: { id?: unknown } | null };
  return node.type === 'mention' ? node.attrs?.id : undefined;
}

/** Requests accounts by id, in bulk. */
export interface ReferencedUsers {
  /**
   * Pages of accounts in Jira's format (`GET /user/bulk`), in the order of the ids as far as Jira keeps it.
   * @param ids without duplicates; unknown ids are omitted and counted, and ids that make Jira fail are in a page's
   * `unreadable`
   * @param select of the stream; its record has `accountId`
   */
  pages(ids: readonly string[], select: Select<'accountId'>): AsyncGenerator<Page>;
  /** Logs once how many ids have no account. Call it at the end of the stream. */
  tell(): void;
}

/** Maximum number of ids per call. */
const MOST_IDS = 200;
/**
 * Maximum length of the ids in a URL. Servers and gateways reject a request line of 8 kB; this leaves room for the
 * rest.
 */
const MOST_CHARACTERS = 6000;

/** For the stream `users` in the mode `referenced`: a few requests instead of all accounts of the site. */
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
          // Read the other batches before this error is thrown.
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
      if (unknown > 0) log.info(`Jira no longer knows ${unknown} of the accounts that records refer to`);
      unknown = 0;
    },
  };
}

/** Combines lists of one kind that fell short into one error. */
function shortTogether(lists: readonly ShortListError[]): ShortListError {
  const sum = (of: (one: ShortListError) => number): number => lists.reduce((all, one) => all + of(one), 0);
  return new ShortListError(
    lists[0]!.list,
    sum(({ rows }) => rows),
    sum(({ total }) => total ?? 0),
  );
}

/** Splits ids into batches that fit into one request. */
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
