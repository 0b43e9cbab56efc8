import type { Answer } from '../../http/answer.ts';
import { redirect } from '../../http/answer.ts';
import type { Call } from '../../http/call.ts';
import { originOf } from '../../http/call.ts';
import { Refusal } from '../../http/refusal.ts';
import { raw, refuse } from '../answer.ts';
import { bytesOf } from '../bodies/bytes.ts';
import { diffSpec, pullRequestBody } from '../bodies/pull-request.ts';
import { fullName } from '../bodies/references.ts';
import { commentList, diffFailure, diffstatList, pullRequestList } from '../lists/pull-requests.ts';
import { type AnyListing, recordedListing } from '../query/listing.ts';
import type { Site } from '../site.ts';
import { pullRequestOf, repositoryOf } from './find.ts';
import { listed, queriedFields } from './list.ts';

const STATES = ['OPEN', 'MERGED', 'DECLINED', 'SUPERSEDED'];

/**
 * `GET …/pullrequests`: the open ones, or those in the states of `state`. With a `q`, `state` is ignored. `sort` together
 * with states fails on large repositories.
 */
export function pullRequests(site: Site, call: Call): Answer {
  const list = pullRequestList(site, repositoryOf(site, call));
  const fields = queriedFields(call);
  if (fields.includes('closed_on')) throw new Refusal('Something went wrong', 500);
  const states = call.query.getAll('state').map((state) => state.toUpperCase());
  const isLarge = list.items.length > site.settings.sortFailsAbove;
  if (isLarge && call.query.has('sort') && (fields.includes('state') || states.length > 0))
    throw new Refusal('Something went wrong', 500);
  return listed(site, call, fields.length > 0 ? list : inStates(list, states), { most: 50 });
}

function inStates(list: AnyListing, states: readonly string[]): AnyListing {
  if (states.some((state) => !STATES.includes(state))) throw new Refusal(`Invalid state: ${states.join()}`);
  const wanted = new Set<unknown>(states.length > 0 ? states : ['OPEN']);
  return { ...list, items: list.items.filter((item) => wanted.has(list.fieldOf(item, 'state'))) };
}

/** `GET …/pullrequests/{id}` */
export function pullRequest(site: Site, call: Call): Answer {
  const { recorded } = repositoryOf(site, call);
  const row = recorded?.pullRequests.find(({ facts }) => String(facts.id) === call.params.id);
  if (row) return raw(row.bytes);
  const found = pullRequestOf(site, call);
  return raw(bytesOf(pullRequestBody(found, site.settings.seed, true), found.n, site.settings.awkward));
}

/** `GET …/pullrequests/{id}/comments` */
export function comments(site: Site, call: Call): Answer {
  const { recorded } = repositoryOf(site, call);
  const list = recorded
    ? recordedListing(recorded.comments.get(call.params.id ?? '') ?? [])
    : commentList(site, pullRequestOf(site, call));
  return listed(site, call, list, { most: 100 });
}

/** `GET …/pullrequests/{id}/comments/{comment}` */
export function comment(site: Site, call: Call): Answer {
  const { items, fieldOf, bytes } = commentList(site, pullRequestOf(site, call));
  const found = items.find((item) => String(fieldOf(item, 'id')) === call.params.comment);
  if (found === undefined) throw refuse(404, 'Comment not found');
  return raw(bytes(found));
}

/** `GET …/pullrequests/{id}/diffstat`: elsewhere, at an address with a carriage return in it. */
export function pullRequestDiffstat(site: Site, call: Call): Answer {
  const { recorded } = repositoryOf(site, call);
  if (recorded) throw refuse(404, 'Diff not found');
  const found = pullRequestOf(site, call);
  if (!found.source.repository) throw refuse(404, 'Source repository not found');
  const path = `/2.0/repositories/${fullName(found.repository)}/diffstat/${diffSpec(found)}`;
  return redirect(`${originOf(call)}${path}?from_pullrequest_id=${found.id}&topic=true`);
}

/** `GET …/diffstat/{spec}` of a pull request */
export function diffstat(site: Site, call: Call): Answer {
  const id = call.query.get('from_pullrequest_id') ?? '';
  const found = pullRequestOf(site, { ...call, params: { ...call.params, id } });
  // A client that decodes the address asks for something else.
  if (!call.path.includes('%0D')) throw refuse(404, 'Commit not found');
  const failure = diffFailure(found);
  if (failure === 400)
    throw refuse(400, 'Unrelated histories', { detail: 'The branches have no common ancestor.' });
  if (failure === 555) throw refuse(555, 'Diff took too long');
  return listed(site, call, diffstatList(site, found), { most: 100, standard: 100 });
}
