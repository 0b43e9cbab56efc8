import { type Answer, raw } from '../http/answer.ts';
import type { Call } from '../http/route.ts';
import type { Site } from '../site.ts';
import { put, putAscii } from '../writer.ts';
import { page, within } from './parameters.ts';

/** `GET /rest/api/3/users/search`: a plain array, 50 a page, at most 1,000; inactive people and apps too. */
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
