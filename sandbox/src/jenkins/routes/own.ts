import type { Answer } from '../../http/answer.ts';
import type { Call } from '../../http/call.ts';
import { refusalsAnswered } from '../../http/refusal.ts';
import { findRoute, type Route } from '../../http/route.ts';
import { written } from '../../http/writer.ts';
import { errorPage, json } from '../answer.ts';
import { buildFacts, jobFacts } from '../oracle.ts';
import { noCost, type Site } from '../site.ts';
import { ROUTES } from './table.ts';

/** The sandbox's own endpoints for Jenkins, besides control and stats. */
export const OWN_ROUTES: readonly Route<Site>[] = [
  { method: 'GET', template: '/_sandbox/jobs', handle: (site): Answer => json(jobFacts(site)) },
  { method: 'GET', template: '/_sandbox/builds', handle: (site): Answer => json(buildFacts(site)) },
  { method: 'GET', template: '/_sandbox/costs', handle: (site): Answer => json(site.costs) },
];

/** The bytes of an answer, made without a request. Rejects if it is no 200. */
export async function bytesAt(site: Site, path: string, headers: Record<string, string>): Promise<Buffer> {
  const [below = '', search = ''] = path.split('?', 2);
  const found = findRoute(ROUTES, 'GET', `/${below}`);
  if (!found) throw new RangeError(`no route /${below}`);
  const call: Call = {
    method: 'GET',
    url: `/${path}`,
    path: `/${below}`,
    params: found.params,
    query: new URLSearchParams(search),
    headers,
    body: '',
    caller: site.login.user,
  };
  const before = { cost: site.cost, users: new Set(site.users), busy: site.busy };
  Object.assign(site, { cost: noCost(call.url), busy: false });
  const { status, body, rest = [] } = await refusalsAnswered(errorPage, () => found.route.handle(site, call));
  Object.assign(site, before);
  const bytes = Buffer.concat([Buffer.isBuffer(body) ? body : written(body), ...rest]);
  if (status !== 200) throw new RangeError(`${status} for ${path}: ${bytes.subarray(0, 200).toString()}`);
  return bytes;
}
