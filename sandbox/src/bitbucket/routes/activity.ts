import type { Answer } from '../../http/answer.ts';
import type { Call } from '../../http/call.ts';
import { Refusal } from '../../http/refusal.ts';
import { putAscii } from '../../http/writer.ts';
import { raw, refuse } from '../answer.ts';
import type { Activity } from '../bodies/activity.ts';
import { activityList, pullRequestCommitList } from '../lists/pull-requests.ts';
import { type AnyListing, recordedListing } from '../query/listing.ts';
import type { Site } from '../site.ts';
import { pullRequestOf, repositoryOf } from './find.ts';
import { linkTo, nextPage, pagelenOf, pageOf } from './list.ts';

/** `GET …/pullrequests/activity`: of all pull requests of a repository, newest first */
export function repositoryActivity(site: Site, call: Call): Answer {
  return activityPage(site, call, activityList(site, repositoryOf(site, call).pullRequests));
}

/** `GET …/pullrequests/{id}/activity` */
export function activity(site: Site, call: Call): Answer {
  if (repositoryOf(site, call).recorded) return activityPage(site, call, activityList(site, []));
  return activityPage(site, call, activityList(site, [pullRequestOf(site, call)]));
}

/** A page after a position, so that new entries do not shift it. */
function activityPage(site: Site, call: Call, list: AnyListing): Answer {
  const entries = list.items as readonly Activity[];
  const [at, place] = (call.query.get('ctx') ?? '').split('.').map((part) => Number.parseInt(part, 36));
  if (call.query.has('ctx') && !(at! >= 0 && place! >= 0)) throw new Refusal('Invalid page');
  const start = entries.findIndex(
    (one) => at === undefined || place === undefined || isAfter(one, at, place),
  );
  const token = ({ at, place }: Activity): string => `${at.toString(36)}.${place.toString(36)}`;
  return tokenPage(site, call, list, {
    start: start < 0 ? entries.length : start,
    most: 50,
    name: 'ctx',
    token: (next) => token(entries[next - 1]!),
  });
}

function isAfter(one: Activity, at: number, place: number): boolean {
  return one.at < at || (one.at === at && one.place < place);
}

/** `GET …/pullrequests/{id}/commits`. The page is a token; numbers are refused. */
export function pullRequestCommits(site: Site, call: Call): Answer {
  const { recorded } = repositoryOf(site, call);
  const list = recorded
    ? recordedListing(recorded.commits.get(call.params.id ?? '') ?? [])
    : commitsListed(site, call);
  const names = list.items.map((item) => `d${String(list.fieldOf(item, 'hash')).slice(0, 6)}R`);
  const asked = call.query.get('page');
  const start = asked === null ? 0 : names.indexOf(asked);
  if (start < 0) throw new Refusal('Invalid page');
  return tokenPage(site, call, list, {
    start,
    most: 100,
    name: 'page',
    token: (next) => names[next]!,
  });
}

function commitsListed(site: Site, call: Call): AnyListing {
  const found = pullRequestOf(site, call);
  if (!found.source.repository) throw refuse(404, 'Source repository not found');
  return pullRequestCommitList(site, found);
}

function tokenPage(
  site: Site,
  call: Call,
  list: AnyListing,
  rule: { start: number; most: number; name: string; token(next: number): string },
): Answer {
  const { start, most, name } = rule;
  const pagelen = pagelenOf(call, { most });
  const end = start + pagelen;
  const isLast = end >= list.items.length;
  const { out, put } = pageOf(site, list, list.items.slice(start, end));
  put(`"pagelen":${pagelen}`);
  const here = call.query.get(name) ?? undefined;
  const next = nextPage(call, isLast, here, isLast ? '' : rule.token(end));
  if (next !== undefined) put(`"next":${JSON.stringify(linkTo(site, call, { [name]: next }))}`);
  putAscii(out, '}');
  return raw(out);
}
