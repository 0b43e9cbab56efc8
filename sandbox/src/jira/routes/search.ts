import type { Answer } from '../../http/answer.ts';
import { type Call, objectOf } from '../../http/call.ts';
import { page } from '../../http/page.ts';
import { Refusal } from '../../http/refusal.ts';
import { type ByteWriter, putAscii, putNumber, putText, written } from '../../http/writer.ts';
import { errors, json, raw } from '../answer.ts';
import { isWhole, lightForm, putSelected, type Selection, selectionOf } from '../data/selection.ts';
import { SITE } from '../data/site.ts';
import type { IssueVersion } from '../data/version.ts';
import { queryOf } from '../jql/query.ts';
import { countOf, pageOf } from '../jql/scan.ts';
import { positionOf, tokenOf } from '../jql/token.ts';
import type { Site } from '../site.ts';
import { placeOf, settleIndex } from '../store/store.ts';
import { queryTexts, textsOf, within } from './parameters.ts';

const REMOVED =
  'The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. ' +
  'A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046';

/** `GET` and `POST /rest/api/{2,3}/search`: removed by the vendor (CHANGE-2046). */
export function removedSearch(): Answer {
  return errors(410, REMOVED);
}

/** `POST /rest/api/3/search/jql` */
export function postSearch(site: Site, call: Call): Answer {
  return search(site, call, objectOf(call));
}

/** `GET /rest/api/3/search/jql` */
export function getSearch(site: Site, call: Call): Answer {
  const { query } = call;
  const value = (name: string) => query.get(name) ?? undefined;
  return search(site, call, {
    jql: value('jql'),
    nextPageToken: value('nextPageToken'),
    maxResults: value('maxResults'),
    fields: queryTexts(call, 'fields'),
    expand: value('expand'),
    reconcileIssues: queryTexts(call, 'reconcileIssues'),
  });
}

/** The search answer for an anonymous caller: status 200 without issues. */
export function noIssues(): Answer {
  return json({ issues: [], isLast: true });
}

function search(site: Site, call: Call, asked: Record<string, unknown>): Answer {
  const { store, world, clock } = site;
  const now = clock.now();
  const jql = String(asked.jql ?? '');
  // Measured: the vendor refuses 0 and 5001 instead of clamping them.
  const maxResults = within(
    asked.maxResults,
    50,
    Number.MIN_SAFE_INTEGER,
    Number.MAX_SAFE_INTEGER,
    'maxResults',
  );
  if (maxResults < 1 || maxResults > 5000)
    throw new Refusal('The maxResults parameter must be between 1 and 5,000.');
  const selection = selectionOf(textsOf(asked.fields, 'fields') ?? ['id']);
  const fresh = textsOf(asked.reconcileIssues, 'reconcileIssues') ?? [];
  if (fresh.length > 50) throw new Refusal('The maximum number of issues to reconcile is 50.');
  settleIndex(store, now);
  const query = queryOf(jql, store, world.zone, now);
  const token = asked.nextPageToken ?? undefined;
  const after = token === undefined ? undefined : positionOf(token, jql, now);
  const limit =
    lightForm(selection) === undefined ? Math.min(maxResults, site.settings.searchRows) : maxResults;
  const places = new Set(fresh.map((id) => placeOf(store, id)).filter((n) => n >= 0));
  const { versions, next } = pageOf(store, query, limit, after, places);
  const out = page(site);
  putAscii(out, '{"issues":[');
  putIssues(out, site, versions, selection, expandOf(asked.expand));
  let nextToken = next && tokenOf(next, jql, now);
  if (call.paging === 'end-early') nextToken = undefined;
  if (call.paging === 'repeat-token' && token !== undefined) nextToken = String(token);
  putText(
    out,
    nextToken === undefined
      ? '],"isLast":true}'
      : `],"nextPageToken":${JSON.stringify(nextToken)},"isLast":false}`,
  );
  return raw(out);
}

/** Reads `expand`: a comma-separated text, or a list. */
export function expandOf(value: unknown): { changelog: boolean; renderedFields: boolean } {
  const names = (textsOf(value, 'expand') ?? []).flatMap((part) => part.split(','));
  return { changelog: names.includes('changelog'), renderedFields: names.includes('renderedFields') };
}

/** Writes issues separated by commas, each with the selected fields. */
export function putIssues(
  out: ByteWriter,
  site: Site,
  versions: readonly IssueVersion[],
  selection: Selection,
  expand: ReturnType<typeof expandOf>,
): void {
  const form = lightForm(selection);
  // The key of a recorded issue can only be read from its bytes.
  const light = form === 'key' && site.book.fixed ? undefined : form;
  const whole = isWhole(selection);
  const scratch = light || whole ? undefined : page(site);
  for (const [i, version] of versions.entries()) {
    if (i > 0) putAscii(out, ',');
    if (light) putLight(out, site, version, light);
    else if (whole) site.book.putIssue(out, version, expand);
    else if (scratch) {
      scratch.length = 0;
      site.book.putIssue(scratch, version, expand);
      putSelected(out, written(scratch), selection);
    }
  }
  if (scratch) site.spare.push(scratch);
}

/** Writes an issue without fields. If only the id is requested, search omits the key as well. */
function putLight(out: ByteWriter, site: Site, version: IssueVersion, form: 'id' | 'key'): void {
  if (form === 'id') {
    putAscii(out, '{"id":"');
    putNumber(out, version.id);
    putAscii(out, '"}');
    return;
  }
  const key = `${site.world.projects[version.project]!.key}-${version.number}`;
  putAscii(
    out,
    `{"expand":"","id":"${version.id}","self":"${SITE}/rest/api/3/issue/${version.id}","key":"${key}"}`,
  );
}

/** `POST /rest/api/3/search/approximate-count` */
export function approximateCount(site: Site, call: Call): Answer {
  const now = site.clock.now();
  settleIndex(site.store, now);
  const query = queryOf(String(objectOf(call).jql ?? ''), site.store, site.world.zone, now);
  return json({ count: countOf(site.store, query) });
}

/** The answer for an anonymous caller. */
export function zeroCount(): Answer {
  return json({ count: 0 });
}
