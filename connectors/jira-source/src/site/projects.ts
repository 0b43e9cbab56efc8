import { setTimeout as wait } from 'node:timers/promises';
import {
  ConfigError,
  gathered,
  type HttpClient,
  ifFound,
  type Listing,
  type Log,
  namesGone,
  type OpenContext,
  type Partition,
  type PassedOver,
  selectOf,
} from '@headrace/sdk';
import { idOf } from '../answers/pages.ts';
import type { Config } from '../config.ts';
import type { Deployment } from './deployment.ts';
import { keysSeenBefore, type Names, namesIn } from './project-names.ts';

/** A project that the account can see. Its key can change but its id cannot, so the id is the partition key. */
export interface Project extends Partition {
  readonly projectKey: string;
  /** Jira's search does not find the issues of an archived project. */
  readonly isArchived: boolean;
}

/** The configured projects. */
export interface Projects {
  /** True if the configuration names projects. Otherwise every project that the account can see is read. */
  readonly isFiltered: boolean;
  /**
   * The configured projects, by id, in a stable order. Requested once per run.
   * @param listing of the stream that has them as partitions; deleted projects are reported to it
   * @throws ConfigErrors (`config.unknown_name`) for keys that never existed
   */
  all(listing?: Listing): Promise<readonly Project[]>;
  /** The projects whose issues a search finds. The others are counted as skipped. */
  searched(listing?: Listing): Promise<readonly Project[]>;
  /** Whether a search finds issues of the project with this id now. Concurrent calls share one request. */
  isSearched(id: string): Promise<boolean>;
  /** The configured keys and the ids of their projects, as far as known. */
  names(): Names;
}

type States = NonNullable<OpenContext['reading']>['states'];

/** Called once per run. Sends no request yet. */
export function projectsOf(
  config: Config,
  {
    http,
    calls,
    log,
    passedOver,
    states,
  }: {
    readonly http: HttpClient;
    readonly calls: Pick<Deployment, 'path' | 'projectPages'>;
    readonly log: Log;
    readonly passedOver: PassedOver;
    readonly states: States;
  },
): Projects {
  const included = keysOf(config.projects);
  const excluded = keysOf(config.excluded_projects);
  const saved = namesIn(states);
  let names: Names = {};
  let chosen: ReturnType<typeof choose> | undefined;

  async function* visible(): AsyncGenerator<Project> {
    for await (const page of calls.projectPages(LOOKED_AT)) {
      for (let row = 0; row < page.count; row++)
        yield {
          key: idOf(page, row),
          projectKey: page.text(row, 'key') ?? '',
          isArchived: page.value(row, 'archived') === true,
        };
    }
  }

  async function choose() {
    const { items: found, short } = await gathered(visible());
    if (short) await addNamed(found);
    const read = await lookUp(included, 'config.projects', found);
    const left = await lookUp(excluded, 'config.excluded_projects', found);
    for (const key of left.gone)
      log.warn(
        `config.excluded_projects: the project ${key} was deleted, or the account can no longer see it`,
      );
    return {
      read: found.filter(({ key }) => (included.length === 0 || read.ids.has(key)) && !left.ids.has(key)),
      gone: read.gone,
      short,
    };
  }

  /** If the list of projects was incomplete, requests the configured projects that are missing, by key. */
  async function addNamed(found: Project[]): Promise<void> {
    for (const key of [...included, ...excluded]) {
      if (named(key, found)) continue;
      const { id, key: projectKey, archived } = (await projectBy(key)) ?? {};
      if (id === undefined || found.some((one) => one.key === String(id))) continue;
      found.push({ key: String(id), projectKey: String(projectKey), isArchived: archived === true });
    }
  }

  /** The ids of the projects that an option names. */
  async function lookUp(
    keys: readonly string[],
    place: string,
    found: readonly Project[],
  ): Promise<{ ids: ReadonlySet<string>; gone: readonly string[] }> {
    const ids = new Map<string, string>();
    for (const key of keys) {
      const project = named(key, found) ?? (await renamed(key, found));
      if (project) ids.set(key, project.key);
    }
    names = { ...names, ...Object.fromEntries(ids) };
    const gone = namesGone({
      wanted: keys,
      known: [...ids.keys(), ...found.map(({ projectKey }) => projectKey)],
      seen: keysSeenBefore(keys, states, saved, found),
      place,
      what: 'project',
      hint: 'check the key, and the account’s “Browse projects” permission',
    });
    return { ids: new Set(ids.values()), gone };
  }

  /** Finds a project whose key has changed: by its id from an earlier run, or by the old key, which Jira knows. */
  async function renamed(key: string, found: readonly Project[]): Promise<Project | undefined> {
    const byId = (id: unknown) => found.find((one) => one.key === String(id));
    const known = byId(saved[key]);
    if (known) return known;
    return byId((await projectBy(key))?.id);
  }

  async function projectBy(key: string): Promise<Record<string, unknown> | undefined> {
    const request = { path: calls.path(`/project/${encodeURIComponent(key)}`) };
    return (await ifFound(http.json(request), NOT_SEEN)) as Record<string, unknown> | undefined;
  }

  const choice = (): ReturnType<typeof choose> => {
    chosen ??= choose();
    return chosen;
  };
  const all = async (listing?: Listing): Promise<readonly Project[]> => {
    const { read, gone, short } = await choice();
    for (const key of gone) listing?.failed(`project ${key}`, projectGone(key));
    if (short) listing?.failed('the list of projects', short);
    return read;
  };
  return {
    isFiltered: included.length + excluded.length > 0,
    all,
    searched: async (listing) => {
      const projects = await all(listing);
      const searched = projects.filter(({ isArchived }) => !isArchived);
      if (projects.length > searched.length)
        passedOver.add('issues', ARCHIVED, projects.length - searched.length);
      return searched;
    },
    isSearched: batched(async () => {
      const { items: now } = await gathered(visible());
      return new Set(now.filter(({ isArchived }) => !isArchived).map(({ key }) => key));
    }),
    names: () => names,
  };
}

/** The fields needed for partitions. */
const LOOKED_AT = selectOf({ id: 'id', key: 'key', archived: 'archived' });

/** Their positions are kept. If they are unarchived, they are read from there. */
const ARCHIVED = 'archived projects, whose issues Jira’s search does not find';

const NOT_SEEN = [403, 404];

/** The keys of an option; empty if it is not set. */
function keysOf(option: readonly string[] | null | undefined): readonly string[] {
  return (option ?? []).map((key) => key.trim());
}

/** The project with this key. Jira's keys are in upper case, but users often type lower case. */
function named(key: string, found: readonly Project[]): Project | undefined {
  return (
    found.find(({ projectKey }) => projectKey === key) ??
    found.find(({ projectKey }) => projectKey.toUpperCase() === key.toUpperCase())
  );
}

const projectGone = (key: string): ConfigError =>
  new ConfigError(`the project ${key} was deleted, or the account can no longer see it`, {
    code: 'jira.project_not_found',
    place: 'config.projects',
    hint: 'remove it from projects, or give the account the “Browse projects” permission',
  });

/** How long a request waits, so that concurrent calls can share it. */
const GATHER_MS = 50;

/** Combines calls made within `GATHER_MS` into one request. */
function batched(ask: () => Promise<ReadonlySet<string>>): (id: string) => Promise<boolean> {
  let next: Promise<ReadonlySet<string>> | undefined;
  return async (id) => {
    next ??= wait(GATHER_MS).then(() => {
      next = undefined;
      return ask();
    });
    return (await next).has(id);
  };
}
