import { below } from '../../http/random.ts';
import { Refusal } from '../../http/refusal.ts';
import { fullName } from '../bodies/references.ts';
import type { Site } from '../site.ts';
import type { PullRequest, Repository } from '../store/facts.ts';

/** A repository: its slug, `workspace/slug` or uuid. */
export interface RepositoryChoice {
  repository: string;
}

/** A pull request of a repository. */
export interface PullRequestChoice extends RepositoryChoice {
  id: number;
}

/** The chosen repository; throws if there is none. */
export function chosen({ store }: Site, { repository }: RepositoryChoice): Repository {
  const found = store.repositories.find(
    (one) => !one.isDeleted && [one.slug, one.uuid, fullName(one)].includes(repository),
  );
  if (!found) throw new Refusal(`no repository ${repository}`);
  if (found.recorded) throw new Refusal('recorded repositories do not change');
  return found;
}

/** The chosen pull request; throws if there is none. */
export function chosenPullRequest(site: Site, { repository, id }: PullRequestChoice): PullRequest {
  const found = chosen(site, { repository }).pullRequests.find((one) => one.id === id);
  if (!found) throw new Refusal(`no pull request ${id}`);
  return found;
}

/** Somebody of the accounts, another one at each time. */
export function anybody({ store, clock }: Site, salt: number) {
  return store.people[below(store.people.length, store.seed, clock.now() % 4_294_967_296, salt)]!;
}
