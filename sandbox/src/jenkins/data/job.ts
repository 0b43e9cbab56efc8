import { below } from '../../http/random.ts';
import { type Build, countOf, newest, numbersOf } from '../store/builds.ts';
import { PERMALINKS } from '../store/find.ts';
import {
  denialOf,
  fullDisplayNameOf,
  fullNameOf,
  type Item,
  isListed,
  KINDS,
  pathOf,
} from '../store/item.ts';
import { type Bean, bean, type LongList, NOTHING_EXPORTED, Unexportable, type Value } from '../tree/bean.ts';
import { buildBean } from './build.ts';
import { urlOf, type View } from './context.ts';
import { say } from './texts.ts';

const FOLDER_ALWAYS = new Set(['name', 'url']);
const JOB_ALWAYS = new Set(['name', 'url', 'color']);
/** `builds` shows the newest ones only. */
const NEWEST = 100;

/** An item as Jenkins exports it. */
export function itemBean(view: View, item: Item): Bean {
  const { kind, builds } = item;
  const common: Bean['properties'] = {
    actions: () => [NOTHING_EXPORTED, bean('com.cloudbees.plugins.credentials.ViewCredentialsAction', {})],
    description: item.uid % 4 === 0 ? `Belongs to <b>team ${item.uid}</b>` : null,
    displayName: item.displayName,
    displayNameOrNull: item.displayName === item.name ? null : item.displayName,
    fullDisplayName: fullDisplayNameOf(item),
    fullName: fullNameOf(item),
    name: item.name,
    url: urlOf(view, pathOf(item)),
  };
  if (!builds) return folderBean(view, item, common);
  const { seed, nullLastBuild } = view.site.settings;
  const permalinks = Object.entries(PERMALINKS).map(([name, test]) => [
    name,
    () => referenceTo(view, item, test),
  ]);
  const hasBuilds = countOf(builds) > 0;
  const below = KINDS[kind].below;
  return bean(
    KINDS[kind].className,
    {
      ...common,
      allBuilds: () => buildList(view, item, Number.POSITIVE_INFINITY),
      buildable: !item.disabled,
      builds: () => buildList(view, item, NEWEST),
      color: () => colorOf(item),
      firstBuild: () => firstBuild(view, item),
      healthReport: () => healthOf(view, item, seed),
      inQueue: false,
      keepDependencies: false,
      ...(hasBuilds || nullLastBuild ? Object.fromEntries(permalinks) : undefined),
      nextBuildNumber: builds.next,
      property: [NOTHING_EXPORTED],
      queueItem: null,
      concurrentBuild: kind === 'pipeline',
      ...(kind === 'pipeline'
        ? { resumeBlocked: false }
        : {
            disabled: item.disabled,
            downstreamProjects: [],
            labelExpression: null,
            scm: bean('hudson.plugins.git.GitSCM', {}),
            upstreamProjects: [],
          }),
      ...(below && { [below]: () => childrenOf(view, item) }),
    },
    JOB_ALWAYS,
  );
}

function folderBean(view: View, item: Item, common: Bean['properties']): Bean {
  const view_ = bean(
    item.kind === 'folder' ? 'hudson.model.AllView' : 'jenkins.branch.MultiBranchProjectViewHolder$ViewImpl',
    {
      name: item.kind === 'folder' ? 'all' : 'default',
      url: urlOf(view, pathOf(item)),
    },
  );
  return bean(
    KINDS[item.kind].className,
    {
      ...common,
      healthReport: [],
      jobs: () => childrenOf(view, item),
      primaryView: view_,
      ...(item.kind !== 'folder' && { sources: [NOTHING_EXPORTED] }),
      views: [view_],
    },
    FOLDER_ALWAYS,
  );
}

/** The items below a folder, as the account sees them. Sorted by name, as Jenkins keeps them. */
function childrenOf(view: View, item: Item): Value[] {
  if (denialOf(item)) throw new Unexportable(`${view.site.login.user} is missing the Job/Read permission`);
  return listedItems(view, item.children);
}

/** Items that a list shows. */
export function listedItems(view: View, items: readonly Item[]): Value[] {
  return [...items]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .filter(isListed)
    .map((one) => itemBean(view, one));
}

/** The builds of a job, newest first. Counting them loads each one, as RunList does. */
function buildList(view: View, item: Item, limit: number): LongList {
  const builds = item.builds!;
  return {
    size: () => {
      const size = Math.min(countOf(builds), limit);
      view.site.cost.walked += size;
      return size;
    },
    *items(min, max) {
      let at = 0;
      for (const number of numbersOf(builds)) {
        if (at >= max) return;
        if (at++ >= min) yield buildBean(view, item, number);
      }
    },
  };
}

function referenceTo(view: View, item: Item, test: (typeof PERMALINKS)[keyof typeof PERMALINKS]): Value {
  const build: Build | undefined = newest(item.builds!, test);
  return build ? buildBean(view, item, build.number) : null;
}

function firstBuild(view: View, item: Item): Value {
  const { first, next } = item.builds!;
  return next > first ? buildBean(view, item, first) : null;
}

const COLORS = {
  SUCCESS: 'blue',
  UNSTABLE: 'yellow',
  FAILURE: 'red',
  ABORTED: 'aborted',
  NOT_BUILT: 'notbuilt',
};

/** The colour of the last result; with `_anime` while a build is under way. */
function colorOf({ builds, disabled }: Item): string {
  if (disabled) return 'disabled';
  const last = newest(builds!);
  if (!last) return 'notbuilt';
  const decided = last.building ? newest(builds!, ({ building }) => !building) : last;
  return `${decided ? COLORS[decided.result ?? 'SUCCESS'] : 'notbuilt'}${last.building ? '_anime' : ''}`;
}

function healthOf(view: View, item: Item, seed: number): Value[] {
  if (countOf(item.builds!) === 0) return [];
  const failed = below(6, seed, item.uid, 33);
  return [
    bean(undefined, {
      description: say(view.language, 'stability', failed),
      iconClassName: 'icon-health-80plus',
      iconUrl: 'health-80plus.png',
      score: 100 - failed * 20,
    }),
  ];
}
