import type { Partition } from '@headrace/sdk';

/** A repository to read. It can be renamed and transferred, but its uuid cannot change, so that is the partition key. */
export interface Repository extends Partition {
  /** Slugs of today: `acme`, `web-shop`. */
  readonly workspace: string;
  readonly slug: string;
  /** The uuid of its workspace. */
  readonly workspaceUuid: string;
  readonly createdOn: string | undefined;
  /** Moves with each push, and with nothing that happens to a pull request. */
  readonly updatedOn: string | undefined;
  /** The configuration names it without a pattern. */
  readonly isNamed: boolean;
}

type Named = Pick<Repository, 'workspace' | 'slug'>;

/** The path of a repository. */
export const repositoryPath = ({ workspace, slug }: Named, below = ''): string =>
  `/2.0/repositories/${encodeURIComponent(workspace)}/${encodeURIComponent(slug)}${below}`;

/** As people write it: `acme/web-shop`. */
export const fullName = ({ workspace, slug }: Named): string => `${workspace}/${slug}`;
