import type { Answer } from '../../http/answer.ts';
import type { Call } from '../../http/call.ts';
import { raw, refuse } from '../answer.ts';
import { branchList, tagList } from '../lists/refs.ts';
import { type AnyListing, joined } from '../query/listing.ts';
import type { Site } from '../site.ts';
import { repositoryOf } from './find.ts';
import { listed, queriedFields } from './list.ts';

/** `GET …/refs/branches` */
export function branches(site: Site, call: Call): Answer {
  return refs(site, call, branchList(site, repositoryOf(site, call)));
}

/** `GET …/refs`: branches and tags in one list */
export function allRefs(site: Site, call: Call): Answer {
  const repository = repositoryOf(site, call);
  return refs(site, call, joined(branchList(site, repository), tagList(site, repository)));
}

/** `GET …/refs/tags` */
export function tags(site: Site, call: Call): Answer {
  return refs(site, call, tagList(site, repositoryOf(site, call)));
}

/** A query for `target.date` finds nothing, and does not fail. */
function refs(site: Site, call: Call, list: AnyListing): Answer {
  const isEmpty = queriedFields(call).some((field) => field.startsWith('target.'));
  return listed(site, call, isEmpty ? { ...list, items: [] } : list, { most: 100 });
}

/** `GET …/refs/branches/{name}` */
export function branch(site: Site, call: Call): Answer {
  return one(branchList(site, repositoryOf(site, call)), 'Branch', call);
}

/** `GET …/refs/tags/{name}` */
export function tag(site: Site, call: Call): Answer {
  return one(tagList(site, repositoryOf(site, call)), 'Tag', call);
}

function one({ items, fieldOf, bytes }: AnyListing, what: string, { params }: Call): Answer {
  const name = decodeURIComponent(params.name ?? '');
  const found = items.find((item) => fieldOf(item, 'name') === name);
  if (found === undefined) throw refuse(404, `${what} "${name}" not found.`);
  return raw(bytes(found));
}
