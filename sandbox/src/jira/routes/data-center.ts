import type { Answer } from '../../http/answer.ts';
import { type Call, objectOf } from '../../http/call.ts';
import { page } from '../../http/page.ts';
import { type ByteWriter, put, putAscii } from '../../http/writer.ts';
import { errors, raw } from '../answer.ts';
import type { Person } from '../data/people.ts';
import { selectionOf } from '../data/selection.ts';
import { queryOf } from '../jql/query.ts';
import { countOf, pageOf } from '../jql/scan.ts';
import type { Site } from '../site.ts';
import { settleIndex } from '../store/store.ts';
import { queryTexts, textsOf, within } from './parameters.ts';
import { expandOf, putIssues } from './search.ts';

/** `GET /rest/api/2/search` */
export function getOffsetSearch(site: Site, call: Call): Answer {
  const { query } = call;
  return offsetSearch(site, {
    jql: query.get('jql'),
    startAt: query.get('startAt'),
    maxResults: query.get('maxResults'),
    fields: queryTexts(call, 'fields'),
    expand: query.get('expand'),
  });
}

/** `POST /rest/api/2/search` */
export function postOffsetSearch(site: Site, call: Call): Answer {
  return offsetSearch(site, objectOf(call));
}

/** Data Center's search: pages by offset over the live index, 50 a page, at most 1,000, with the total. */
function offsetSearch(site: Site, asked: Record<string, unknown>): Answer {
  const { store, world, clock } = site;
  const now = clock.now();
  const startAt = within(asked.startAt, 0, 0, Number.MAX_SAFE_INTEGER, 'startAt');
  const maxResults = within(asked.maxResults, 50, 0, 1000, 'maxResults');
  settleIndex(store, now);
  const query = queryOf(String(asked.jql ?? ''), store, world.zone, now);
  const { versions } = pageOf(store, query, startAt + maxResults);
  const out = page(site);
  putAscii(
    out,
    `{"expand":"names,schema","startAt":${startAt},"maxResults":${maxResults},"total":${countOf(store, query)},"issues":[`,
  );
  const selection = selectionOf(textsOf(asked.fields, 'fields') ?? ['*navigable']);
  putIssues(out, site, versions.slice(startAt), selection, expandOf(asked.expand));
  putAscii(out, ']}');
  return raw(out);
}

/** `GET /rest/api/2/project`: all projects in one answer; archived ones only with `includeArchived`. */
export function listProjects(site: Site, call: Call): Answer {
  const archived = call.query.get('includeArchived') === 'true';
  const shown = site.world.projects.filter(
    ({ visible, status }) => visible && (status === 'live' || (archived && status === 'archived')),
  );
  const out = page(site);
  putAscii(out, '[');
  for (const [i, { listed, status }] of shown.entries()) {
    if (i > 0) putAscii(out, ',');
    put(out, listed);
    putAscii(out, `,"archived":${status === 'archived'}}`);
  }
  putAscii(out, ']');
  return raw(out);
}

/**
 * `GET /rest/api/2/user/search?username=`: a plain array, 50 a page, limited to the first `userWindow` matches. `.`
 * matches everybody; other text matches the beginning of a name or e-mail address. Inactive people need
 * `includeInactive`.
 */
export function findUsers(site: Site, call: Call): Answer {
  const { userWindow } = site.settings;
  const startAt = within(call.query.get('startAt'), 0, 0, Number.MAX_SAFE_INTEGER, 'startAt');
  const maxResults = within(call.query.get('maxResults'), 50, 1, userWindow, 'maxResults');
  const name = (call.query.get('username') ?? '').toLowerCase();
  const inactive = call.query.get('includeInactive') === 'true';
  const found = site.world.people.filter(
    ({ active, searched }) =>
      (active || inactive) && (name === '.' || searched.some((word) => word.startsWith(name))),
  );
  const out = page(site);
  putAscii(out, '[');
  putPeople(out, found.slice(startAt, Math.min(startAt + maxResults, userWindow)));
  putAscii(out, ']');
  return raw(out);
}

/** `GET /rest/api/2/user/list`: all users, paged by cursor, 2,000 a page; available from 10.3.12. */
export function listUsers(site: Site, call: Call): Answer {
  if (!site.settings.userList) return errors(404, `null for uri: ${call.path}`);
  const { people } = site.world;
  const from = within(call.query.get('cursor'), 0, 0, Number.MAX_SAFE_INTEGER, 'cursor');
  const maxResults = within(call.query.get('maxResults'), 2000, 1, 10_000, 'maxResults');
  const next = from + maxResults;
  const isLast = next >= people.length;
  const out = page(site);
  putAscii(out, `{"maxResults":${maxResults},"isLast":${isLast},`);
  if (!isLast) putAscii(out, `"nextCursor":"${next}",`);
  putAscii(out, '"values":[');
  putPeople(out, people.slice(from, next));
  putAscii(out, ']}');
  return raw(out);
}

function putPeople(out: ByteWriter, people: readonly Person[]): void {
  for (const [i, { listed }] of people.entries()) {
    if (i > 0) putAscii(out, ',');
    put(out, listed);
  }
}
