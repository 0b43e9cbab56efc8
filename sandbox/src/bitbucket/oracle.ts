import type { Activity } from './bodies/activity.ts';
import { deploymentList, pipelineList, stepList } from './lists/pipelines.ts';
import {
  activityList,
  commentList,
  diffstatList,
  pullRequestCommitList,
  pullRequestList,
} from './lists/pull-requests.ts';
import { branchList, commitBytes, tagList } from './lists/refs.ts';
import { memberList, repositoryBytes, workspaceBytes } from './lists/workspaces.ts';
import type { AnyListing } from './query/listing.ts';
import type { Site } from './site.ts';
import type { PullRequest, Repository } from './store/facts.ts';
import { headsOf, reachable } from './store/git.ts';

/** A record that a complete sync must have. */
export interface Fact {
  /** Its key's parts as texts. Activity has no id: there the last part is its place in the list. */
  key: string[];
  bytes: Buffer;
}

/** The streams that {@link truthOf} knows. */
export type BitbucketStream = keyof typeof TRUTHS;

const TRUTHS = {
  workspaces: (site) =>
    site.store.workspaces.map((one) => ({ key: [one.uuid], bytes: workspaceBytes(site, one) })),
  workspace_members: (site) =>
    site.store.workspaces.flatMap((one) => factsOf(memberList(site, one), ['user.uuid'], [one.uuid])),
  repositories: (site) =>
    readable(site).map((one) => ({ key: [one.uuid], bytes: repositoryBytes(site, one) })),
  branches: of('refs/branches', (site, one) => factsOf(branchList(site, one), ['name'], [one.uuid])),
  tags: of('refs/tags', (site, one) => factsOf(tagList(site, one), ['name'], [one.uuid])),
  commits: of('commits', (site, one) =>
    [...reachable(headsOf(one))].map((commit) => ({
      key: [one.uuid, commit.hash],
      bytes: commitBytes(site, one, commit),
    })),
  ),
  pull_requests: of('pullrequests', (site, one) => factsOf(pullRequestList(site, one), ['id'], [one.uuid])),
  pr_activities: ofPullRequests((site, one) => {
    const { items, bytes } = activityList(site, [one]);
    return items.map((item) => ({ key: [String((item as Activity).place)], bytes: bytes(item) }));
  }),
  pr_comments: ofPullRequests((site, one) => factsOf(commentList(site, one), ['id'])),
  pr_commits: ofPullRequests((site, one) =>
    one.source.repository ? factsOf(pullRequestCommitList(site, one), ['hash']) : [],
  ),
  pr_diffstats: ofPullRequests((site, one) => factsOf(diffstatList(site, one), ['path'])),
  pipelines: of('pipelines', (site, one) => factsOf(pipelineList(site, one), ['uuid'])),
  pipeline_steps: of('pipelines', (site, one) =>
    one.pipelines.flatMap((pipeline) => factsOf(stepList(site, pipeline), ['uuid'])),
  ),
  deployments: of('deployments', (site, one) => factsOf(deploymentList(site, one), ['uuid'])),
} satisfies Record<string, (site: Site) => Fact[]>;

/** All streams, in the order of {@link truthOf}'s names. */
export const BITBUCKET_STREAMS = Object.keys(TRUTHS) as BitbucketStream[];

/**
 * What a complete sync of a stream must have now, of all repositories that may be read: read from the store, without
 * filters, orders and pages.
 */
export function truthOf(site: Site, stream: BitbucketStream): Fact[] {
  return TRUTHS[stream](site);
}

/** Repositories that are there, and whose paths (those below `path`) may be read. */
function readable({ store, denials }: Site, path?: string): Repository[] {
  return store.repositories.filter(
    (one) =>
      !one.isDeleted &&
      !denials.some(
        ({ repository, below }) => repository === one && (below === undefined || path?.startsWith(below)),
      ),
  );
}

function of(path: string, facts: (site: Site, one: Repository) => Fact[]): (site: Site) => Fact[] {
  return (site) => readable(site, path).flatMap((one) => facts(site, one));
}

function ofPullRequests(facts: (site: Site, one: PullRequest) => Fact[]): (site: Site) => Fact[] {
  return of('pullrequests', (site, { uuid, pullRequests }) =>
    pullRequests.flatMap((one) =>
      facts(site, one).map(({ key, bytes }) => ({ key: [uuid, String(one.id), ...key], bytes })),
    ),
  );
}

function factsOf({ items, fieldOf, bytes }: AnyListing, fields: string[], prefix: string[] = []): Fact[] {
  return items.map((item) => ({
    key: [...prefix, ...fields.map((field) => String(fieldOf(item, field)))],
    bytes: bytes(item),
  }));
}
