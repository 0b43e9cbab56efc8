import type { Answer } from '../../http/answer.ts';
import { type Call, objectOf } from '../../http/call.ts';
import { page } from '../../http/page.ts';
import { hashText } from '../../http/random.ts';
import { Refusal } from '../../http/refusal.ts';
import { putAscii } from '../../http/writer.ts';
import { json, raw } from '../answer.ts';
import type { IssueVersion } from '../data/version.ts';
import type { Site } from '../site.ts';
import { currentIssue } from './issues.ts';
import { textsOf, within } from './parameters.ts';

/** An entry of one of the requested changelogs. */
interface Entry {
  version: IssueVersion;
  /** Its index within its issue; 0 is the oldest. */
  i: number;
  at: number;
}

/**
 * `POST /rest/api/3/changelog/bulkfetch`: up to 1,000 issues, 1,000 entries a page (at most 10,000), oldest first
 * across all issues, each page grouped by issue. `created` is epoch ms here. Issues that the account cannot see are
 * omitted.
 */
export function bulkChangelogs(site: Site, call: Call): Answer {
  const asked = objectOf(call);
  const names = textsOf(asked.issueIdsOrKeys, 'issueIdsOrKeys') ?? [];
  if (names.length === 0) throw new Refusal('issueIdsOrKeys must not be empty.');
  if (names.length > 1000)
    throw new Refusal('You may only load changelogs for a maximum of 1,000 issues by ID or key at a time.');
  if (asked.fieldIds !== undefined)
    throw new Refusal('fieldIds is something that this sandbox does not know.');
  const maxResults = within(asked.maxResults, 1000, 1, 10_000, 'maxResults');
  const query = hashText(names.join());
  const from =
    asked.nextPageToken === undefined || asked.nextPageToken === null
      ? undefined
      : positionOf(asked.nextPageToken, query);
  const entries = entriesOf(site, names).filter((entry) => from === undefined || compare(entry, from) > 0);
  const shown = entries.slice(0, maxResults);
  const out = page(site);
  putAscii(out, '{"issueChangeLogs":[');
  let first = true;
  for (const [version, own] of Map.groupBy(shown, ({ version }) => version)) {
    putAscii(out, `${first ? '' : ','}{"issueId":"${version.id}","changeHistories":[`);
    first = false;
    for (const [k, { i }] of own.entries()) {
      if (k > 0) putAscii(out, ',');
      site.book.putHistory(out, version, i, 'number');
    }
    putAscii(out, ']}');
  }
  const last = shown.at(-1);
  putAscii(
    out,
    entries.length > shown.length && last ? `],"nextPageToken":"${tokenOf(last, query)}"}` : ']}',
  );
  return raw(out);
}

/** The answer for an anonymous caller: empty. */
export function noChangelogs(): Answer {
  return json({ issueChangeLogs: [] });
}

function entriesOf(site: Site, names: readonly string[]): Entry[] {
  const versions = new Map<number, IssueVersion>();
  for (const name of names) {
    const version = currentIssue(site, name);
    if (version) versions.set(version.n, version);
  }
  const entries = [...versions.values()].flatMap((version) =>
    site.book.historyTimes(version).map((at, i) => ({ version, i, at })),
  );
  return entries.sort((a, b) => compare(a, { at: b.at, n: b.version.n, i: b.i }));
}

function compare(entry: Entry, to: { at: number; n: number; i: number }): number {
  return entry.at - to.at || entry.version.n - to.n || entry.i - to.i;
}

function tokenOf({ at, version, i }: Entry, query: number): string {
  return Buffer.from(JSON.stringify([query, at, version.n, i])).toString('base64url');
}

function positionOf(token: unknown, query: number): { at: number; n: number; i: number } {
  const parts = /^\[(\d+),(\d+),(\d+),(\d+)\]$/.exec(Buffer.from(String(token), 'base64url').toString());
  if (!parts || Number(parts[1]) !== query)
    throw new Refusal('The provided next page token is invalid or has expired.');
  return { at: Number(parts[2]), n: Number(parts[3]), i: Number(parts[4]) };
}
