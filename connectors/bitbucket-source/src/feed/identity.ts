import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

type Values = Readonly<Record<string, unknown>>;

/** What an entry of a pull request's activity is, apart from how it is shown. */
export interface Identity {
  /** Stays the same however often the entry is read. */
  readonly id: string;
  /** When it happened, as Bitbucket writes it; undefined if it does not say so. */
  readonly date: string | undefined;
  /** Of the pull request; undefined if the entry does not name it. */
  readonly pullRequest: string | undefined;
}

/** Hexadecimal digits of the hash in an id. */
const DIGITS = 24;
/** Hashes inside pull requests have 12 characters, others 40. */
const HASH_LENGTH = 12;

/**
 * Derives an id for an entry, because Bitbucket gives none: from its kind, date and actor, the comment's id or the
 * commits, and what was changed, because two updates can share date and author. What changes by itself is left out:
 * names, avatars, links, rendered text.
 */
export function identityOf(entry: Values): Identity {
  const kind = Object.keys(entry).find((key) => key !== 'pull_request' && isObject(entry[key])) ?? 'unknown';
  const what = objectOf(entry[kind]);
  const date = textOf(what.date) ?? textOf(what.created_on);
  const actor = objectOf(what.user ?? what.author ?? what.actor);
  const pullRequest = objectOf(entry.pull_request).id;
  const parts = [
    kind,
    String(pullRequest),
    date,
    textOf(actor.uuid),
    kind === 'comment' ? String(what.id) : undefined,
    textOf(what.state),
    hashAt(what.source),
    hashAt(what.destination),
    isObject(what.changes) ? essence(what.changes) : undefined,
  ];
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, DIGITS);
  return {
    id: `${kind}-${digest}`,
    date,
    pullRequest: typeof pullRequest === 'number' ? String(pullRequest) : undefined,
  };
}

/** The record with its id and date, behind the vendor's own members. */
export function identified(record: Uint8Array): { readonly bytes: Uint8Array; readonly identity: Identity } {
  const text = Buffer.from(record.buffer, record.byteOffset, record.length);
  const entry = JSON.parse(text.toString()) as Values;
  const identity = identityOf(entry);
  const more = { activity_id: identity.id, ...(entry.date === undefined ? { date: identity.date } : {}) };
  const end = text.lastIndexOf('}');
  const bytes = Buffer.concat([text.subarray(0, end), Buffer.from(`,${JSON.stringify(more).slice(1)}`)]);
  return { bytes, identity };
}

/** What identifies a changed value: of an object its uuid, id, hash or name, and whatever it is made of besides. */
function essence(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(essence);
  if (!isObject(value)) return value;
  const own = value.uuid ?? value.account_id ?? value.hash ?? value.id;
  if (typeof own === 'string') return isHash(own) ? own.slice(0, HASH_LENGTH) : own;
  if (typeof own === 'number') return own;
  return Object.keys(value)
    .filter((key) => !DRIFTING.has(key))
    .sort()
    .map((key) => [key, essence(value[key])]);
}

/** Members that say how something is shown. */
const DRIFTING: ReadonlySet<string> = new Set([
  'links',
  'display_name',
  'nickname',
  'html',
  'avatar',
  'rendered',
  'type',
]);

const isHash = (text: string): boolean => /^[0-9a-f]{12,40}$/.test(text);

/** The commit of the source or destination of an update. */
function hashAt(end: unknown): string | undefined {
  return textOf(objectOf(objectOf(end).commit).hash)?.slice(0, HASH_LENGTH);
}

const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const objectOf = (value: unknown): Values => (isObject(value) ? value : {});
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
