import { below, draw } from '../../http/random.ts';
import { byteWriter, written } from '../../http/writer.ts';
import { personName, phrase } from '../../texts.ts';
import { putTimestamp } from '../timestamp.ts';
import { AWKWARD_FIELDS } from './awkward.ts';
import { shapeOf } from './shape.ts';
import type { IssueVersion } from './version.ts';
import type { World } from './world.ts';

/** One provider's part of an issue's Development panel. */
export interface Panel {
  /** The vendor's name for it: the `applicationType` of a detail request. */
  readonly applicationType: string;
  readonly name: string;
  readonly dataType: 'pullrequest' | 'build' | 'repository' | 'branch';
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly lastUpdated: number;
}

interface Provider {
  readonly type: string;
  readonly name: string;
  readonly url: string;
}

const PROVIDERS: readonly Provider[] = [
  { type: 'GitHub', name: 'GitHub', url: 'https://github.example' },
  { type: 'GitLab', name: 'GitLab', url: 'https://gitlab.example' },
  { type: 'bitbucket', name: 'Bitbucket Cloud', url: 'https://bitbucket.example' },
  { type: 'stash', name: 'Bitbucket Server', url: 'https://git.acme.example' },
];
/** The vendor uses this name for builds and deployments of every tool. */
const BUILDS: Provider = { type: 'cloud-providers', name: 'Other providers', url: 'https://ci.acme.example' };

/** The panels of an issue, if it has any. Commits pushed since the start are included. */
export function panelsOf({ seed, panelsOneIn }: World, version: IssueVersion): Panel[] {
  const { n, pushes } = version;
  if (pushes.length === 0 && below(panelsOneIn, seed, n, 47) !== 0) return [];
  const lastUpdated = pushes.at(-1) ?? version.firstUpdated;
  const first = below(PROVIDERS.length, seed, n, 70);
  const places = below(4, seed, n, 71) === 0 ? [first, (first + 1) % PROVIDERS.length] : [first];
  const panels: Panel[] = places.flatMap((place, i) => {
    const { type: applicationType, name } = PROVIDERS[place]!;
    const commits = 1 + below(3, seed, n, 72 + i) + (i === 0 ? pushes.length : 0);
    const about = { applicationType, name, lastUpdated };
    return [
      ...(below(3, seed, n, 74 + i) === 0 ? [] : [{ ...about, dataType: 'pullrequest' as const, count: 1 }]),
      { ...about, dataType: 'repository' as const, count: commits },
      ...(below(2, seed, n, 76 + i) === 0 ? [] : [{ ...about, dataType: 'branch' as const, count: 1 }]),
    ];
  });
  if (below(3, seed, n, 78) > 0) return panels;
  const { type: applicationType, name } = BUILDS;
  return [...panels, { applicationType, name, dataType: 'build', count: 1 + pushes.length, lastUpdated }];
}

/** The answer of `/rest/dev-status/1.0/issue/detail` for one of an issue's panels. */
export function panelDetail(world: World, version: IssueVersion, panel: Panel): Buffer {
  const { type, name, url } = PROVIDERS.find(({ type }) => type === panel.applicationType) ?? BUILDS;
  const entries = Array.from({ length: panel.count }, (_, i) =>
    ENTRIES[panel.dataType](world, version, url, i),
  );
  const list =
    panel.dataType === 'repository'
      ? [{ name: 'acme/shop', url: `${url}/acme/shop`, avatar: `${url}/a.png`, commits: entries }]
      : entries;
  const detail = {
    [LISTS[panel.dataType]]: list,
    _instance: { name, baseUrl: url, type, id: type.toLowerCase(), typeName: name, singleInstance: true },
  };
  const text = JSON.stringify({ errors: [], detail: [detail] });
  if (!shapeOf(world, version.n).awkward) return Buffer.from(text);
  // Goes into the entry of the list, because the answer itself has only two members.
  const behind = '}]}';
  return Buffer.concat([Buffer.from(text.slice(0, -behind.length)), AWKWARD_FIELDS, Buffer.from(behind)]);
}

const LISTS = {
  pullrequest: 'pullRequests',
  build: 'builds',
  repository: 'repositories',
  branch: 'branches',
};

/**
 * A commit, branch, pull request or build. Only repositories are based on a recording; the rest follows public
 * descriptions.
 */
const ENTRIES: Record<
  Panel['dataType'],
  (world: World, version: IssueVersion, url: string, i: number) => object
> = {
  repository: ({ seed }, version, url, i) => {
    const id = hash(seed, version.n, i);
    return {
      id,
      displayId: id.slice(0, 7),
      authorTimestamp: new Date(version.pushes.at(-1) ?? version.firstUpdated).toISOString(),
      url: `${url}/acme/shop/commit/${id}`,
      author: { name: personName(seed, version.n + i), avatar: `${url}/p.png` },
      fileCount: 1 + (i % 5),
      merge: i % 4 === 3,
      message: `${phrase(seed, version.n, 80 + i)}\n`,
      files: [{ path: 'src/shop.ts', changeType: 'MODIFIED', linesAdded: 3 + i, linesRemoved: i }],
    };
  },
  branch: ({ seed }, version, url) => ({
    name: `feature/${version.id}`,
    url: `${url}/acme/shop/tree/feature/${version.id}`,
    repository: { name: 'acme/shop', url: `${url}/acme/shop` },
    lastCommit: { id: hash(seed, version.n, 0), displayId: hash(seed, version.n, 0).slice(0, 7) },
  }),
  pullrequest: (world, version, url) => ({
    id: `#${version.id}`,
    name: phrase(world.seed, version.n, 44),
    status: pullRequestState(version),
    url: `${url}/acme/shop/pull/${version.id}`,
    author: { name: personName(world.seed, version.n), avatar: `${url}/p.png` },
    source: { branch: `feature/${version.id}`, url: `${url}/acme/shop/tree/feature/${version.id}` },
    destination: { branch: 'main', url: `${url}/acme/shop/tree/main` },
    reviewers: [],
    commentCount: version.pushes.length,
    repositoryName: 'acme/shop',
    repositoryUrl: `${url}/acme/shop`,
    lastUpdate: timestamp(world, version.pushes.at(-1) ?? version.firstUpdated),
  }),
  build: (world, version, url, i) => ({
    id: `${version.id}-${i}`,
    buildNumber: i + 1,
    name: 'shop',
    state: 'SUCCESSFUL',
    url: `${url}/shop/${version.id}/${i}`,
    lastUpdated: timestamp(world, version.firstUpdated),
  }),
};

/** Every second push merges the pull request; the next push opens another. */
export function pullRequestState({ pushes }: IssueVersion): 'OPEN' | 'MERGED' {
  return pushes.length % 2 === 0 ? 'MERGED' : 'OPEN';
}

function hash(seed: number, n: number, i: number): string {
  return [90, 91, 92, 93, 94]
    .map((salt) =>
      draw(seed, n * 31 + i, salt)
        .toString(16)
        .padStart(8, '0'),
    )
    .join('');
}

/** An instant, formatted with the offset of the account's time zone. */
export function timestamp({ zone }: Pick<World, 'zone'>, ms: number): string {
  const out = byteWriter(32);
  putTimestamp(out, ms, zone);
  return JSON.parse(written(out).toString()) as string;
}
