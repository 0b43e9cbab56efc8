import type { Answer } from '../../http/answer.ts';
import type { Call } from '../../http/call.ts';
import { hashText } from '../../http/random.ts';
import { Refusal } from '../../http/refusal.ts';
import { putAscii } from '../../http/writer.ts';
import { raw, refuse } from '../answer.ts';
import { commitBytes } from '../lists/refs.ts';
import { listing } from '../query/listing.ts';
import type { Site } from '../site.ts';
import type { Commit, Repository } from '../store/facts.ts';
import { commitOf, headsOf, walk } from '../store/git.ts';
import { repositoryOf } from './find.ts';
import { linkTo, nextPage, pagelenOf, pageOf } from './list.ts';

const RULES = { most: 100, standard: 30 };
/** Walks that are kept for their next pages. */
const WALKS = 500;
/** Of the hashes that the vendor does not know, it names those that it noticed. */
const NOTICED = 2;

/**
 * `GET` and `POST …/commits`: what can be reached from `include` (default: every branch and tag) and not from
 * `exclude`, children before parents. POST has the names in a form. `next` leads into the same walk, whatever is pushed
 * meanwhile.
 */
export function commits(site: Site, call: Call): Answer {
  const repository = repositoryOf(site, call);
  const pagelen = pagelenOf(call, RULES);
  const token = call.query.get('ctx') ?? undefined;
  const asked = call.query.get('page') ?? '1';
  const found = token === undefined ? begun(site, call, repository) : continued(site, token, asked);
  const from = (Number(asked) - 1) * pagelen;
  const list = listing(found.commits, {}, (commit: Commit) => commitBytes(site, repository, commit));
  const { out, put } = pageOf(site, list, list.items.slice(from, from + pagelen));
  put(`"pagelen":${pagelen}`);
  const page = Number(asked);
  const isLast = from + pagelen >= list.items.length;
  const next = nextPage(call, isLast, page > 1 ? page : undefined, page + 1);
  if (next !== undefined) {
    const query = new URLSearchParams(call.query);
    for (const name of ['include', 'exclude']) query.delete(name);
    const link = linkTo(site, { ...call, query }, { ctx: found.token, page: next });
    put(`"next":${JSON.stringify(link)}`);
  }
  putAscii(out, '}');
  return raw(out);
}

/** `GET …/commits/{revision}` begins at one name. */
export function commitsFrom(site: Site, call: Call): Answer {
  if (call.query.has('ctx')) return commits(site, call);
  const query = new URLSearchParams(call.query);
  query.append('include', decodeURIComponent(call.params.revision ?? ''));
  return commits(site, { ...call, query });
}

/** `GET …/commit/{hash}` */
export function commit(site: Site, call: Call): Answer {
  const repository = repositoryOf(site, call);
  return raw(commitBytes(site, repository, named(site, repository, [call.params.hash ?? ''])[0]!));
}

interface Walk {
  token: string;
  commits: readonly Commit[];
}

function begun(site: Site, call: Call, repository: Repository): Walk {
  const form = call.method === 'POST' ? new URLSearchParams(call.body) : call.query;
  const names = (name: string) => [
    ...new Set([...call.query.getAll(name), ...(form === call.query ? [] : form.getAll(name))]),
  ];
  const included = names('include');
  const excluded = names('exclude');
  // Both answers are seen for an empty repository.
  if (repository.branches.size === 0 && !repository.recorded && repository.index % 2 === 1)
    throw refuse(404, 'Commit not found');
  const all = named(site, repository, [...included, ...excluded]);
  const include = included.length === 0 ? headsOf(repository) : all.slice(0, included.length);
  const commits = walk(include, all.slice(included.length));
  const hashes = commits.map(({ hash }) => hash).join();
  const token = `${hashText(hashes).toString(36)}${hashText(`${repository.uuid}${hashes}`).toString(36)}`;
  const { walks } = site;
  walks.delete(token);
  walks.set(token, commits);
  for (const oldest of walks.keys()) if (walks.size > WALKS) walks.delete(oldest);
  return { token, commits };
}

function continued({ walks }: Site, token: string, page: string): Walk {
  const commits = walks.get(token);
  if (!commits || !/^[1-9]\d{0,8}$/.test(page)) throw new Refusal('Invalid page');
  return { token, commits };
}

/** The commits with these names. If some are not known, the refusal lists only those that the vendor noticed. */
function named(site: Site, repository: Repository, names: readonly string[]): Commit[] {
  const { unknownUntil, clock } = site;
  const unknown: string[] = [];
  const found = names.flatMap((name) => {
    const commit = commitOf(repository, name);
    if (commit && (unknownUntil.get(commit) ?? 0) <= clock.now()) return [commit];
    unknown.push(name);
    return [];
  });
  if (unknown.length === 0) return found;
  throw refuse(404, 'Commit not found', { data: { shas: unknown.slice(0, NOTICED) } });
}
