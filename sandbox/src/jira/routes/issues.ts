import type { Answer } from '../../http/answer.ts';
import { type Call, objectOf } from '../../http/call.ts';
import { page } from '../../http/page.ts';
import { Refusal } from '../../http/refusal.ts';
import { putAscii } from '../../http/writer.ts';
import { errors, json, raw } from '../answer.ts';
import { putChangelogPage } from '../data/book.ts';
import { selectionOf } from '../data/selection.ts';
import type { IssueVersion } from '../data/version.ts';
import type { Site } from '../site.ts';
import { placeOf, versionAt } from '../store/store.ts';
import { queryTexts, textsOf, within } from './parameters.ts';
import { expandOf, putIssues } from './search.ts';

/** The message for an issue that does not exist or that the account cannot see. */
export const NOT_FOUND = 'Issue does not exist or you do not have permission to see it.';

/** The current issue (without index lag), if it exists and the account can see it. */
export function currentIssue(site: Site, idOrKey: string): IssueVersion | undefined {
  const n = placeOf(site.store, idOrKey);
  if (n < 0 || site.store.concealed.has(n)) return undefined;
  const version = versionAt(site.store, n);
  const { visible, status } = site.world.projects[version.project]!;
  return version.deleted || !visible || status === 'deleted' ? undefined : version;
}

/** The issue named in the path. @throws Refusal (404) if the account cannot see it */
export function issueOf(site: Site, call: Call): IssueVersion {
  const version = currentIssue(site, call.params.idOrKey ?? '');
  if (!version) throw new Refusal(NOT_FOUND, 404);
  return version;
}

/** The answer for a single issue to an anonymous caller. */
export function notFound(): Answer {
  return errors(404, NOT_FOUND);
}

/** `GET /rest/api/3/issue/{idOrKey}`: all fields by default. */
export function getIssue(site: Site, call: Call): Answer {
  const version = issueOf(site, call);
  const selection = selectionOf(queryTexts(call, 'fields') ?? ['*all']);
  const out = page(site);
  putIssues(out, site, [version], selection, expandOf(queryTexts(call, 'expand')));
  return raw(out);
}

/**
 * `POST /rest/api/3/issue/bulkfetch`: at most 100, ordered by id. Issues that cannot be seen are listed in
 * `issueErrors`.
 */
export function bulkFetch(site: Site, call: Call): Answer {
  const asked = objectOf(call);
  const names = textsOf(asked.issueIdsOrKeys, 'issueIdsOrKeys') ?? [];
  if (names.length === 0) throw new Refusal('issueIdsOrKeys must not be empty.');
  if (names.length > 100)
    throw new Refusal('You may only load a maximum of 100 issues by ID or key at a time.');
  const found = new Map<number, IssueVersion>();
  const missing: string[] = [];
  for (const name of names) {
    const version = currentIssue(site, name);
    if (version) found.set(version.n, version);
    else missing.push(name);
  }
  const versions = [...found.values()].sort((a, b) => a.n - b.n);
  const out = page(site);
  putAscii(out, '{"expand":"renderedFields,names,schema,operations,editmeta,changelog","issues":[');
  putIssues(
    out,
    site,
    versions,
    selectionOf(textsOf(asked.fields, 'fields') ?? ['*navigable']),
    expandOf(asked.expand),
  );
  const issueErrors = missing.map((id) => ({ issueId: id, errorMessage: NOT_FOUND }));
  putAscii(out, `],"issueErrors":${JSON.stringify(issueErrors)}}`);
  return raw(out);
}

/** The answer for an anonymous caller: empty. */
export function noBulk(): Answer {
  return json({ issues: [], issueErrors: [] });
}

/** `GET /rest/api/3/issue/{idOrKey}/comment`: oldest first, 100 a page, at most 5,000. */
export function comments(site: Site, call: Call): Answer {
  const startAt = within(call.query.get('startAt'), 0, 0, Number.MAX_SAFE_INTEGER, 'startAt');
  const maxResults = within(call.query.get('maxResults'), 100, 1, 5000, 'maxResults');
  const version = issueOf(site, call);
  const out = page(site);
  site.book.putCommentPage(out, version, startAt, maxResults);
  return raw(out);
}

/** `GET /rest/api/3/issue/{idOrKey}/changelog`: oldest first, at most 100 a page. */
export function changelog(site: Site, call: Call): Answer {
  const startAt = within(call.query.get('startAt'), 0, 0, Number.MAX_SAFE_INTEGER, 'startAt');
  const maxResults = within(call.query.get('maxResults'), 100, 1, 100, 'maxResults');
  const version = issueOf(site, call);
  const out = page(site);
  putChangelogPage(out, site.book, version, startAt, maxResults);
  return raw(out);
}
