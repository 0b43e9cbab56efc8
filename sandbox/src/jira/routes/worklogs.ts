import type { Answer } from '../../http/answer.ts';
import { type Call, objectOf } from '../../http/call.ts';
import { page } from '../../http/page.ts';
import { Refusal } from '../../http/refusal.ts';
import { put, putAscii, written } from '../../http/writer.ts';
import { json, raw } from '../answer.ts';
import { putWorklogPage } from '../data/book.ts';
import { SITE } from '../data/site.ts';
import type { Site } from '../site.ts';
import { currentWorklog, entriesBetween, updatedEntries, type WorklogEntry } from '../store/worklogs.ts';
import { issueOf } from './issues.ts';
import { queryTexts, textsOf, within } from './parameters.ts';

const PAGE_SIZE = 1000;
/** Neither list shows changes from the last minute before the request. */
const HELD_BACK_MS = 60_000;

/**
 * `GET /rest/api/3/worklog/updated`: ids of the worklogs of all projects that changed at or after `since`, oldest
 * first, 1,000 a page. If a worklog was edited several times, only the last edit counts.
 */
export function updatedWorklogs(site: Site, call: Call): Answer {
  const holds = ({ at, id, n }: WorklogEntry) => n < 0 || currentWorklog(site, id)?.worklog.updated === at;
  return changed(site, call, updatedEntries(site), holds);
}

/**
 * `GET /rest/api/3/worklog/deleted`: like {@link updatedWorklogs}; omits worklogs that were deleted with their issue.
 */
export function deletedWorklogs(site: Site, call: Call): Answer {
  return changed(site, call, site.worklogs.deleted, () => true);
}

function changed(
  site: Site,
  call: Call,
  entries: readonly WorklogEntry[],
  holds: (entry: WorklogEntry) => boolean,
): Answer {
  const since = within(call.query.get('since'), 0, 0, Number.MAX_SAFE_INTEGER, 'since');
  const properties = (queryTexts(call, 'expand') ?? []).includes('properties');
  const end = site.clock.now() - HELD_BACK_MS;
  const found = entriesBetween(entries, since, end, PAGE_SIZE + 1, holds);
  const shown = found.slice(0, PAGE_SIZE);
  const until = shown.at(-1)?.at ?? since;
  const lastPage = found.length <= PAGE_SIZE || call.paging === 'end-early';
  const url = (from: number) => `${SITE}${call.path}?since=${from}`;
  const values = shown.map(({ at, id }) => ({
    worklogId: id,
    updatedTime: at,
    properties: properties ? [{ key: 'sandbox', value: { seen: true } }] : [],
  }));
  const next = lastPage ? {} : { nextPage: url(call.paging === 'repeat-token' ? since : until) };
  return json({ values, since, until, self: url(since), ...next, lastPage });
}

/** The answer of both lists for an anonymous caller: empty. */
export function noChangedWorklogs(_: Site, call: Call): Answer {
  return json({ values: [], since: 0, until: 0, self: `${SITE}${call.path}?since=0`, lastPage: true });
}

/** `POST /rest/api/3/worklog/list`: at most 1,000 ids. Worklogs that are gone or not visible are silently omitted. */
export function listWorklogs(site: Site, call: Call): Answer {
  const ids = textsOf(objectOf(call).ids, 'ids') ?? [];
  if (ids.length > 1000) throw new Refusal('The number of worklog ids must not exceed 1000.');
  updatedEntries(site);
  const out = page(site);
  putAscii(out, '[');
  for (const id of [...new Set(ids.map(Number))].sort((a, b) => a - b)) {
    const begin = out.length;
    if (begin > 1) putAscii(out, ',');
    if (!putVisible(site, id, out)) out.length = begin;
  }
  putAscii(out, ']');
  return raw(out);
}

function putVisible(site: Site, id: number, out: ReturnType<typeof page>): boolean {
  const stray = site.book.strayWorklogs.find((one) => one.id === id);
  if (stray) put(out, stray.bytes);
  const found = currentWorklog(site, id);
  if (!found) return stray !== undefined;
  const { visible, status } = site.world.projects[found.version.project]!;
  if (!visible || status === 'deleted' || site.store.concealed.has(found.version.n)) return false;
  site.book.putWorklog(out, found.version, found.worklog);
  return true;
}

/** `GET /rest/api/3/issue/{idOrKey}/worklog`: oldest first, at most 5,000 a page. */
export function issueWorklogs(site: Site, call: Call): Answer {
  const startAt = within(call.query.get('startAt'), 0, 0, Number.MAX_SAFE_INTEGER, 'startAt');
  const maxResults = within(call.query.get('maxResults'), 5000, 1, 5000, 'maxResults');
  const version = issueOf(site, call);
  const out = page(site);
  putWorklogPage(out, site.book, version, startAt, maxResults);
  return raw(out);
}

/** What a running sandbox reports about an existing worklog, regardless of permissions. */
export interface WorklogFacts {
  id: string;
  issueId: string;
  /** Key of the issue's project. */
  project: string;
  /** Milliseconds since 1970. */
  updated: number;
}

/** All worklogs of existing issues, by time of change. */
export function worklogFacts(site: Site): WorklogFacts[] {
  return updatedEntries(site).flatMap(({ at, id }) => {
    const found = currentWorklog(site, id);
    if (found?.worklog.updated !== at) return [];
    const { key } = site.world.projects[found.version.project]!;
    return [{ id: String(id), issueId: String(found.version.id), project: key, updated: at }];
  });
}

/** `GET /_sandbox/worklogs`: `[{id, issueId, project, updated}]`. */
export function worklogsInfo(site: Site): Answer {
  return json(worklogFacts(site));
}

/** `GET /_sandbox/worklog/{id}`: the bytes that `/worklog/list` sends for it, without pretty-printing. */
export function worklogBytes(site: Site, call: Call): Answer {
  return raw(bytesOfWorklog(site, call.params.id ?? ''), 200, { 'X-Sandbox-Exact': '1' });
}

/** The worklog as compact JSON, copied out of the page buffer. @throws Refusal if there is none */
export function bytesOfWorklog(site: Site, id: string): Buffer {
  const out = page(site);
  const found = currentWorklog(site, Number(id));
  const stray = site.book.strayWorklogs.find((one) => one.id === Number(id));
  if (found) site.book.putWorklog(out, found.version, found.worklog);
  else if (stray) put(out, stray.bytes);
  else throw new Refusal(`no worklog ${id}`, 404);
  const bytes = Buffer.from(written(out));
  site.spare.push(out);
  return bytes;
}
