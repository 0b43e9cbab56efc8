import { putChangelogPage } from '../data/book.ts';
import { selectionOf } from '../data/selection.ts';
import type { IssueVersion } from '../data/version.ts';
import { type Answer, errors, json, raw } from '../http/answer.ts';
import { Refusal } from '../http/refusal.ts';
import type { Call } from '../http/route.ts';
import type { Site } from '../site.ts';
import { placeOf, versionAt } from '../store/store.ts';
import { putAscii } from '../writer.ts';
import { objectOf, page, queryTexts, textsOf, within } from './parameters.ts';
import { expandOf, putIssues } from './search.ts';

/** What is said of an issue that does not exist or cannot be seen. */
export const NOT_FOUND = 'Issue does not exist or you do not have permission to see it.';

/** An issue as it is now (no index lag here), if it exists and its project may be seen. */
export function currentIssue(site: Site, idOrKey: string): IssueVersion | undefined {
  const n = placeOf(site.store, idOrKey);
  if (n < 0 || site.store.concealed.has(n)) return undefined;
  const version = versionAt(site.store, n);
  const { visible, status } = site.world.projects[version.project]!;
  return version.deleted || !visible || status === 'deleted' ? undefined : version;
}

/** The issue that a path names. @throws Refusal (404) where it cannot be seen */
export function issueOf(site: Site, call: Call): IssueVersion {
  const version = currentIssue(site, call.params.idOrKey ?? '');
  if (!version) throw new Refusal(NOT_FOUND, 404);
  return version;
}

/** What a single issue is to a stranger. */
export function notFound(): Answer {
  return errors(404, NOT_FOUND);
}

/** `GET /rest/api/3/issue/{idOrKey}`: all fields unless told otherwise. */
export function getIssue(site: Site, call: Call): Answer {
  const version = issueOf(site, call);
  const selection = selectionOf(queryTexts(call, 'fields') ?? ['*all']);
  const out = page(site);
  putIssues(out, site, [version], selection, expandOf(queryTexts(call, 'expand')));
  return raw(out);
}

/** `POST /rest/api/3/issue/bulkfetch`: at most 100, by id ascending; what cannot be seen is named in `issueErrors`. */
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

/** The same for a stranger: nothing. */
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
