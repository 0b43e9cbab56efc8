import { changedOnly, defineStream, keepRows, type Partition } from '@headrace/sdk';
import type { BitbucketApi } from '../api.ts';
import { flag, integer, object, text, time } from '../schemas/columns.ts';

/** A workspace of which repositories are read. */
interface Owner extends Partition {
  readonly slug: string;
  readonly uuids: ReadonlySet<string>;
}

/** The repositories that are read. A repository is sent again after each update. */
export const repositories = defineStream<BitbucketApi>()({
  name: 'repositories',
  description: 'A repository. Sent again after each update.',
  schema: {
    properties: {
      uuid: { type: 'string', description: 'stays the same when the repository is renamed or transferred' },
      full_name: { type: 'string' },
      slug: text,
      name: text,
      type: text,
      description: text,
      scm: text,
      website: text,
      language: text,
      size: integer,
      is_private: flag,
      fork_policy: text,
      has_issues: flag,
      has_wiki: flag,
      parent: { ...object, description: 'of a fork: the repository that it was forked from' },
      mainbranch: object,
      owner: object,
      workspace: object,
      project: object,
      override_settings: object,
      enforced_signed_commits: text,
      links: object,
      created_on: time,
      updated_on: time,
    },
  },
  primaryKey: ['uuid'],
  cursorField: 'updated_on',
  record: { uuid: 'uuid' },
  partitions: async (api, _saved, listing) => {
    const all = await api.repositories.all(listing);
    return [...Map.groupBy(all, ({ workspaceUuid }) => workspaceUuid)].map(
      ([key, own]): Owner => ({ key, slug: own[0]!.workspace, uuids: new Set(own.map((one) => one.key)) }),
    );
  },
  // Not a time window: a repository that the configuration adds later may have been updated long before.
  cursor: () => changedOnly({ key: 'uuid' }),
  read: async function* ({ api, partition: { slug, uuids }, select }) {
    for await (const page of api.repositories.pages(slug, select)) {
      keepRows(page, (row) => uuids.has(page.text(row, 'uuid') ?? ''));
      yield page;
    }
  },
});
