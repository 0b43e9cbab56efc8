import { below, fraction } from '../../http/random.ts';
import { type Build, buildOf, estimateOf, has } from '../store/builds.ts';
import { fullDisplayNameOf, type Item, KINDS, pathOf } from '../store/item.ts';
import { type Bean, bean, NOTHING_EXPORTED, Unexportable, type Value } from '../tree/bean.ts';
import { actionsOf } from './actions.ts';
import { artifactsOf } from './artifacts.ts';
import { changeSetsOf, culpritsOf } from './changes.ts';
import { urlOf, type View } from './context.ts';
import { wordsOf } from './people.ts';

const ALWAYS = new Set(['number', 'url']);
/** What can be read of a damaged build. */
const FIELDS = new Set(['number', 'id', 'timestamp', 'url']);

/** A number for the draws of a build; another one after each time that it was run again. */
export function drawOf({ builds }: Item, { number, revision }: Build): number {
  return builds!.uid * 1_000_003 + number + revision * 7_919;
}

/** A build as Jenkins exports it. It must exist. */
export function buildBean(view: View, item: Item, number: number): Bean {
  const { site } = view;
  const { seed } = site.settings;
  const builds = item.builds!;
  const build = buildOf(builds, number);
  const { timestamp, duration, result, building, inProgress, kept } = build;
  const n = drawOf(item, build);
  const isPipeline = item.kind === 'pipeline';
  const named = fraction(seed, n, 21) < 0.05 ? `2.${number}.0-rc` : `#${number}`;
  const neighbour = (step: 1 | -1): Value => {
    let at = number + step;
    while (at >= builds.first && at < builds.next && !has(builds, at)) at += step;
    return has(builds, at)
      ? bean(undefined, { number: at, url: urlOf(view, `${pathOf(item)}${at}/`) })
      : null;
  };
  const properties: Bean['properties'] = {
    actions: () => actionsOf(view, item, build),
    artifacts: () => {
      site.cost.archives++;
      return artifactsOf(seed, n, building);
    },
    building,
    description: fraction(seed, n, 22) < 0.1 || build.revision > 0 ? wordsOf(seed, n, 23, 4) : null,
    displayName: named,
    duration: duration ?? 0,
    estimatedDuration: () => estimateOf(builds),
    executor: () => {
      if (builds.damaged.get(number) === 'member') throw new Unexportable(`executor of build ${number}`);
      return building && !build.stuck ? NOTHING_EXPORTED : null;
    },
    fullDisplayName: `${fullDisplayNameOf(item)} ${named}`,
    id: String(number),
    inProgress,
    keepLog: kept,
    number,
    queueId: 1 + below(2_000_000, seed, n, 24),
    result: result ?? null,
    timestamp,
    url: urlOf(view, `${pathOf(item)}${number}/`),
    ...(isPipeline
      ? {
          changeSets: () => changeSetsOf(view, item, build),
          culprits: () => culpritsOf(view, item, number),
          nextBuild: () => neighbour(1),
          previousBuild: () => neighbour(-1),
        }
      : {
          builtOn: below(3, seed, n, 25) === 0 ? '' : `agent-${1 + below(4, seed, n, 26)}`,
          changeSet: () =>
            changeSetsOf(view, item, build)[0] ??
            bean('hudson.scm.EmptyChangeLogSet', { items: [], kind: null }),
          culprits: () => culpritsOf(view, item, number),
        }),
    ...(item.kind === 'matrix' && { runs: () => runsOf(view, item, number) }),
  };
  if (builds.damaged.get(number) !== 'build') return bean(KINDS[item.kind].run, properties, ALWAYS);
  // Fields are there, whatever is wrong with the rest. So a tree that asks for no more shows the build.
  const fails = (): never => {
    throw new Unexportable(`Failed to load build ${number}`);
  };
  return bean(
    KINDS[item.kind].run,
    Object.fromEntries(
      Object.entries(properties).map(([name, value]) => [name, FIELDS.has(name) ? value : fails]),
    ),
    ALWAYS,
  );
}

/** The builds of a matrix build's configurations. */
function runsOf(view: View, { children }: Item, number: number): Value[] {
  return children
    .filter(({ builds }) => builds && has(builds, number))
    .map((part) => bean(undefined, { number, url: urlOf(view, `${pathOf(part)}${number}/`) }));
}
