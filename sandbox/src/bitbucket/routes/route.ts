import type { Route } from '../../http/route.ts';
import type { Scope } from '../credentials.ts';
import type { Site } from '../site.ts';

/** An entry of Bitbucket's route table. */
export interface BitbucketRoute extends Route<Site> {
  /** What the credential's token must allow; undefined: nothing. */
  scope: Scope | undefined;
  /** Access tokens of a repository, project or workspace are not supported there. */
  usersOnly?: boolean;
}
