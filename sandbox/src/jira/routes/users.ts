import type { Answer } from '../../http/answer.ts';
import type { Call } from '../../http/call.ts';
import { page } from '../../http/page.ts';
import { Refusal } from '../../http/refusal.ts';
import { put, putAscii } from '../../http/writer.ts';
import { json, raw } from '../answer.ts';
import { SITE } from '../data/site.ts';
import type { Site } from '../site.ts';
import { within } from './parameters.ts';

/** `GET /rest/api/3/users/search`: a plain array, 50 a page, at most 1,000; includes inactive people and apps. */
export function searchUsers(site: Site, call: Call): Answer {
  const startAt = within(call.query.get('startAt'), 0, 0, Number.MAX_SAFE_INTEGER, 'startAt');
  const maxResults = within(call.query.get('maxResults'), 50, 1, 1000, 'maxResults');
  const out = page(site);
  putAscii(out, '[');
  for (const [i, { listed }] of site.world.people.slice(startAt, startAt + maxResults).entries()) {
    if (i > 0) putAscii(out, ',');
    put(out, listed);
  }
  putAscii(out, ']');
  return raw(out);
}

/** The vendor's maximum number of ids in one call. */
const MOST_IDS = 200;

/** `GET /rest/api/3/user/bulk?accountId=…&accountId=…`: 10 a page, at most 200; unknown ids are omitted. */
export function bulkUsers(site: Site, call: Call): Answer {
  const startAt = within(call.query.get('startAt'), 0, 0, Number.MAX_SAFE_INTEGER, 'startAt');
  const maxResults = within(call.query.get('maxResults'), 10, 1, MOST_IDS, 'maxResults');
  const ids = call.query.getAll('accountId');
  if (ids.length === 0) throw new Refusal("The 'accountId' query parameter is required.");
  if (ids.length > MOST_IDS) throw new Refusal(`At most ${MOST_IDS} account ids can be asked for.`);
  const asked = new Set(ids);
  const found = site.world.people.filter(({ accountId }) => asked.has(accountId));
  const until = Math.min(found.length, startAt + maxResults);
  const out = page(site);
  putAscii(
    out,
    `{"self":"${SITE}/rest/api/3/user/bulk","maxResults":${maxResults},"startAt":${startAt},` +
      `"total":${found.length},"isLast":${until >= found.length},"values":[`,
  );
  for (const [i, { listed }] of found.slice(startAt, until).entries()) {
    if (i > 0) putAscii(out, ',');
    put(out, listed);
  }
  putAscii(out, ']}');
  return raw(out);
}

/** The answer for an anonymous caller: empty. */
export function noUsers(): Answer {
  return json({ maxResults: 10, startAt: 0, total: 0, isLast: true, values: [] });
}
