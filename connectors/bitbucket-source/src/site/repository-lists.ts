import {
  ConfigError,
  type HttpClient,
  isPattern,
  type Page,
  pageOf,
  type Select,
  selectOf,
} from '@headrace/sdk';
import { listPages } from '../answers/pages.ts';
import { statusOf } from '../answers/words.ts';
import { repositoryPath } from './repository.ts';

/** What is told of a repository that the configuration names and that cannot be had by itself. */
export type Failed = (where: string, error: unknown) => void;

/** Lists the repositories of workspaces. */
export interface RepositoryLists {
  /** Pages of the repositories of a workspace: all that it lists, or those that the configuration names. */
  pages<R extends string>(
    workspace: string,
    select: Select<R>,
    failed?: Failed,
  ): AsyncIterable<Page<string, R>>;
  /** Configured names that Bitbucket answers with a repository of another name, and its uuid. */
  readonly renamed: ReadonlyMap<string, string>;
}

/**
 * A workspace of which so many repositories are named, and no patterns, is not listed: each is asked for by itself. The
 * token of a repository can list no workspace.
 */
const MOST_NAMED = 20;

const UUID = selectOf({ uuid: 'uuid' });

/**
 * @param included names and patterns of repositories; empty: all
 * @param saved uuids of configured names, from earlier runs
 */
export function repositoryLists(
  included: readonly string[],
  http: HttpClient,
  saved: Readonly<Record<string, string>>,
): RepositoryLists {
  const renamed = new Map<string, string>();

  /** The named repositories of a workspace, if it needs no list. */
  function alone(workspace: string): readonly string[] | undefined {
    const own = included.filter((name) => {
      const [prefix = ''] = name.split('/');
      return prefix === workspace || isPattern(prefix);
    });
    return own.length > 0 && own.length <= MOST_NAMED && !own.some(isPattern) ? own : undefined;
  }

  /** A repository by its name, also by a former one; undefined if there is none. */
  async function single<R extends string>(
    name: string,
    select: Select<R>,
  ): Promise<Page<never, R> | undefined> {
    const [workspace = '', slug = ''] = name.split('/');
    // By its uuid, a repository is found under any name.
    const request = { path: repositoryPath({ workspace, slug: saved[name] ?? slug }) };
    const read = async (at: typeof request) =>
      http.ask(at, (answer) =>
        answer.status < 300 ? pageOf(answer, select('.')) : String(answer.headers.location),
      );
    const first = await read(request);
    if (typeof first !== 'string') return first;
    const page = await read(http.follow(request, first));
    if (typeof page === 'string') return undefined;
    const [uuid] = UUID('.').scan(page.bytes).values('uuid');
    renamed.set(name, uuid!);
    return page;
  }

  return {
    renamed,
    async *pages(workspace, select, failed) {
      for (const name of alone(workspace) ?? []) {
        try {
          const page = await single(name, select);
          if (page) yield page;
        } catch (error) {
          const status = statusOf(error) ?? 0;
          if (![403, 404].includes(status)) throw error;
          // One that is refused is there; one that is not there is reported with the others.
          if (status === 403) failed?.(`repository ${name}`, error);
        }
      }
      if (alone(workspace)) return;
      // In the order of their creation, which does not change while the pages are read.
      const path = `/2.0/repositories/${encodeURIComponent(workspace)}`;
      try {
        yield* listPages(http, { path, query: { sort: 'created_on' } }, select);
      } catch (error) {
        throw statusOf(error) === 404 ? noWorkspace(workspace, error) : error;
      }
    },
  };
}

const noWorkspace = (slug: string, cause: unknown): ConfigError =>
  new ConfigError(`the credential sees no workspace ${slug}`, {
    code: 'bitbucket.no_workspace',
    place: 'config.workspaces',
    status: 404,
    hint: 'write its slug as in the address bitbucket.org/{workspace}, and check what the credential may see',
    cause,
  });
