import {
  ConfigError,
  type HttpClient,
  isHeadraceError,
  isPattern,
  nameMatcher,
  type Partition,
  selectOf,
} from '@headrace/sdk';
import { listPages } from '../answers/pages.ts';
import { statusOf } from '../answers/words.ts';
import type { Config } from '../config.ts';

/** A workspace to read. The key is its slug: its uuid is not known before something of it was read. */
export interface Workspace extends Partition {
  readonly slug: string;
}

const LISTED = selectOf({ slug: 'workspace.slug' });

/** The path of a workspace. */
export const workspacePath = (slug: string, below = ''): string =>
  `/2.0/workspaces/${encodeURIComponent(slug)}${below}`;

/**
 * The workspaces to read: those that the configuration names, and those of the credential that match its patterns.
 * They are listed only if there are patterns, or no names: a repository’s access token can list none.
 * @throws ConfigError (`bitbucket.no_workspaces`) if they cannot be listed, (`config.no_match`) if none matches
 */
export async function workspacesOf(
  { workspaces, repositories, credentials }: Pick<Config, 'workspaces' | 'repositories' | 'credentials'>,
  http: HttpClient,
): Promise<readonly Workspace[]> {
  const wanted = wantedIn(workspaces, repositories);
  const slugs = new Set(wanted.filter((name) => !isPattern(name)));
  if (wanted.length === 0 || wanted.some(isPattern)) {
    const matches = wanted.length === 0 ? () => true : nameMatcher(wanted);
    for (const slug of await listed(http, credentials.auth_type === 'access_token'))
      if (matches(slug)) slugs.add(slug);
  }
  if (slugs.size === 0)
    throw new ConfigError('the credential sees no workspace that matches', {
      code: 'config.no_match',
      place: workspaces?.length ? 'config.workspaces' : 'config.repositories',
      hint: 'check the patterns, and which workspaces the account is a member of',
    });
  return [...slugs].sort().map((slug) => ({ key: slug, slug }));
}

/** Names and patterns of workspaces; empty: all. */
function wantedIn(workspaces: Config['workspaces'], repositories: Config['repositories']): readonly string[] {
  if (workspaces?.length) return workspaces.map((slug) => slug.trim());
  // `**` may stand for whole paths.
  return [
    ...new Set(
      (repositories ?? []).map((name) => (name.startsWith('**') ? '**' : name.trim().split('/')[0]!)),
    ),
  ];
}

/** @param isPseudoUser access tokens belong to no user, and are told that they are not accepted here */
async function listed(http: HttpClient, isPseudoUser: boolean): Promise<readonly string[]> {
  const found: string[] = [];
  try {
    for await (const page of listPages(http, { path: '/2.0/user/workspaces' }, LISTED))
      found.push(...page.values('slug'));
    return found;
  } catch (error) {
    const refusals = isPseudoUser ? [401, 403, 404, 410] : [403, 404, 410];
    if (!isHeadraceError(error) || !refusals.includes(statusOf(error) ?? 0)) throw error;
    throw new ConfigError('this credential cannot list its workspaces', {
      code: 'bitbucket.no_workspaces',
      place: 'config.workspaces',
      hint: 'name them in workspaces, without patterns; for the token of one repository, name it in repositories',
      cause: error,
    });
  }
}
