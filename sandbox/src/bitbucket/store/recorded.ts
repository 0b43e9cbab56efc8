import { join } from 'node:path';
import { bodies, ownRecordings } from '../../http/recorded.ts';
import type { RecordedRow } from './facts.ts';
import { addRepository, addWorkspace } from './repositories.ts';
import { emptyStore, type Store } from './store.ts';

const REPOSITORIES = 'bitbucket_repositories.jsonl';

/**
 * A store with the one recorded repository. Its commits were not recorded, apart from those of a pull request, which are
 * given to its first one.
 * @param recorded the folder of the recordings; true: those of the package
 */
export function recordedStore(recorded: string | true): Store {
  const folder = recorded === true ? ownRecordings(REPOSITORIES) : recorded;
  const rows = (name: string): RecordedRow[] =>
    bodies(join(folder, `bitbucket_${name}.jsonl`)).map((bytes) => ({
      bytes,
      facts: JSON.parse(bytes.toString()) as RecordedRow['facts'],
    }));
  const [repository] = rows('repositories');
  const { slug, uuid, workspace, created_on, updated_on } = repository!.facts as unknown as {
    slug: string;
    uuid: string;
    workspace: { slug: string; uuid: string; name: string };
    created_on: string;
    updated_on: string;
  };
  const store = emptyStore(1, 1);
  const owner = addWorkspace(store, Date.parse(created_on));
  Object.assign(owner, { slug: workspace.slug, uuid: workspace.uuid, name: workspace.name });
  const pullRequests = rows('pull_requests');
  Object.assign(addRepository(store, owner, Date.parse(created_on), { slug }), {
    uuid,
    updatedAt: Date.parse(updated_on),
    recorded: {
      repository,
      pullRequests,
      comments: by(rows('pullrequest_comments'), 'pullrequest', 'id'),
      commits: new Map([[String(pullRequests[0]!.facts.id), rows('pull_request_commits')]]),
      pipelines: rows('pipelines'),
      steps: by(rows('pipeline_steps'), 'pipeline', 'uuid'),
      deployments: rows('deployments'),
    },
  });
  return store;
}

/** Rows by a member of a member. */
function by(rows: readonly RecordedRow[], outer: string, inner: string): Map<string, RecordedRow[]> {
  return Map.groupBy(rows, ({ facts }) => String((facts[outer] as Record<string, unknown>)[inner]));
}
