import {
  ConfigError,
  childrenOf,
  type HttpClient,
  isPattern,
  type Listing,
  type Log,
  nameMatcher,
  namesGone,
  type OpenContext,
  type Page,
  type Select,
  selectOf,
} from '@headrace/sdk';
import type { Config } from '../config.ts';
import { namesIn } from './names.ts';
import { fullName, type Repository } from './repository.ts';
import { type Failed, repositoryLists } from './repository-lists.ts';
import type { Workspace } from './workspaces.ts';

/** The repositories to read. */
export interface Repositories {
  /**
   * By the instant of their creation. Requested once per run.
   * @param listing of the stream that has them as partitions; what is gone or cannot be listed is reported to it
   * @throws ConfigErrors (`config.unknown_name`) for names that never existed
   */
  all(listing?: Listing): Promise<readonly Repository[]>;
  /** Pages of the repositories of a workspace: all that it lists, or those that the configuration names. */
  pages<R extends string>(workspace: string, select: Select<R>): AsyncIterable<Page<string, R>>;
  /** The configured names and the uuids of their repositories, as far as known. */
  names(): Readonly<Record<string, string>>;
}

const LOOKED_AT = selectOf({
  uuid: 'uuid',
  full_name: 'full_name',
  slug: 'slug',
  workspace: 'workspace.uuid',
  workspaceSlug: 'workspace.slug',
  created: 'created_on',
  updated: 'updated_on',
});

/** Called once per run. Sends no request yet. */
export function repositoriesOf(
  config: Config,
  {
    http,
    log,
    workspaces,
    states,
  }: {
    readonly http: HttpClient;
    readonly log: Log;
    readonly workspaces: () => Promise<readonly Workspace[]>;
    readonly states: NonNullable<OpenContext['reading']>['states'];
  },
): Repositories {
  const included = trimmed(config.repositories);
  const excluded = trimmed(config.excluded_repositories);
  const isIncluded = included.length === 0 ? () => true : nameMatcher(included, { ignoreCase: true });
  const isExcluded = nameMatcher(excluded, { ignoreCase: true });
  const named = new Set(included.filter((name) => !isPattern(name)).map(folded));
  const saved = namesIn(states);
  const lists = repositoryLists(included, http, saved);
  let names: Readonly<Record<string, string>> = {};
  let chosen: ReturnType<typeof choose> | undefined;

  async function* visible({ slug }: Workspace, failed: Failed): AsyncGenerator<Repository> {
    for await (const page of lists.pages(slug, LOOKED_AT, failed)) {
      for (const [row, key] of page.values('uuid').entries()) {
        const [owner, name = ''] = (page.text(row, 'full_name') ?? '').split('/');
        const workspace = page.text(row, 'workspaceSlug') ?? owner ?? slug;
        const own = page.text(row, 'slug') ?? name;
        yield {
          key,
          workspace,
          slug: own,
          workspaceUuid: page.text(row, 'workspace') ?? workspace,
          createdOn: page.text(row, 'created'),
          updatedOn: page.text(row, 'updated'),
          isNamed: named.has(folded(`${workspace}/${own}`)),
        };
      }
    }
  }

  async function choose() {
    const failures: Array<[where: string, error: unknown]> = [];
    const failed: Failed = (where, error) => failures.push([where, error]);
    const found = new Map<string, Repository>();
    const listed = childrenOf(await workspaces(), {
      list: (workspace) => visible(workspace, failed),
      name: ({ slug }) => `workspace ${slug}`,
      most: config.concurrency,
      failed,
    });
    for await (const repository of listed) found.set(repository.key, repository);
    const all = [...found.values()];
    // Nothing could be listed: the credentials, or the names of the workspaces, are wrong.
    if (all.length === 0 && failures.length > 0) throw failures[0]![1];
    const read = lookUp(included, 'config.repositories', all, failures.length > 0);
    const left = lookUp(excluded, 'config.excluded_repositories', all, failures.length > 0);
    for (const name of left.gone)
      log.warn(`config.excluded_repositories: the repository ${name} is gone, or no longer visible`);
    return {
      read: all
        .filter((one) => (isIncluded(fullName(one)) || read.uuids.has(one.key)) && !isOut(one, left.uuids))
        .map((one) => (read.uuids.has(one.key) ? { ...one, isNamed: true } : one))
        .sort(byCreation),
      gone: read.gone,
      failures,
    };
  }

  const isOut = (one: Repository, uuids: ReadonlySet<string>): boolean =>
    isExcluded(fullName(one)) || uuids.has(one.key);

  /** The uuids of the repositories that an option names, also under former names. */
  function lookUp(
    wanted: readonly string[],
    place: string,
    all: readonly Repository[],
    isShort: boolean,
  ): { readonly uuids: ReadonlySet<string>; readonly gone: readonly string[] } {
    const byName = new Map(all.map((one) => [folded(fullName(one)), one.key]));
    const there = new Set(all.map(({ key }) => key));
    const uuids = new Map<string, string>();
    for (const name of wanted.filter((one) => !isPattern(one))) {
      const former = lists.renamed.get(name) ?? saved[name];
      const uuid =
        byName.get(folded(name)) ?? (former !== undefined && there.has(former) ? former : undefined);
      if (uuid !== undefined) uuids.set(name, uuid);
    }
    names = { ...names, ...Object.fromEntries(uuids) };
    for (const pattern of wanted.filter(isPattern)) {
      const matches = nameMatcher([pattern], { ignoreCase: true });
      if (!isShort && !all.some((one) => matches(fullName(one))))
        log.warn(`${place}: ${pattern} matches no repository`);
    }
    const exact = wanted.filter((name) => !isPattern(name));
    // A list that is not whole proves nothing of a name.
    const seen = isShort ? exact : Object.keys(saved);
    const gone = namesGone({
      wanted: exact,
      known: [...uuids.keys(), ...all.map(fullName)],
      seen,
      place,
      what: 'repository',
      hint: 'write it as workspace/repository, and check what the credential may see',
    });
    return { uuids: new Set(uuids.values()), gone };
  }

  return {
    all: async (listing) => {
      chosen ??= choose();
      const { read, gone, failures } = await chosen;
      for (const [where, error] of failures) listing?.failed(where, error);
      for (const name of failures.length > 0 ? [] : gone)
        listing?.failed(`repository ${name}`, repositoryGone(name));
      return read;
    },
    pages: (workspace, select) => lists.pages(workspace, select),
    names: () => names,
  };
}

const trimmed = (names: readonly string[] | null | undefined): readonly string[] =>
  (names ?? []).map((name) => name.trim());

/** Slugs are in lower case, but users type names. */
const folded = (name: string): string => name.toLowerCase();

function byCreation(a: Repository, b: Repository): number {
  const [left, right] = [a.createdOn ?? '', b.createdOn ?? ''];
  return left < right ? -1 : Number(left > right) || (a.key < b.key ? -1 : 1);
}

const repositoryGone = (name: string): ConfigError =>
  new ConfigError(`the repository ${name} is gone, or the credential can no longer see it`, {
    code: 'bitbucket.repository_gone',
    place: 'config.repositories',
    hint: 'remove it from repositories, or give the account or token access to it',
  });
