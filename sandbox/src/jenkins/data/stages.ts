import { below, fraction } from '../../http/random.ts';
import { type Build, buildOf } from '../store/builds.ts';
import { type Item, pathOf } from '../store/item.ts';
import { drawOf } from './build.ts';
import type { View } from './context.ts';

const NAMES = ['Checkout', 'Build', 'Unit tests', 'Integrationstests', 'Deploy: staging', 'lint/format'];
const STATUS = {
  SUCCESS: 'SUCCESS',
  UNSTABLE: 'UNSTABLE',
  FAILURE: 'FAILED',
  ABORTED: 'ABORTED',
  NOT_BUILT: 'NOT_EXECUTED',
};

/** A pipeline run as the stage view describes it. Not Stapler's: `tree` has no effect on it. */
export function describedRun(view: View, item: Item, number: number): object {
  const { seed } = view.site.settings;
  const build = buildOf(item.builds!, number);
  const { timestamp, building, duration } = build;
  const n = drawOf(item, build);
  const self = `${view.prefix}/${pathOf(item)}${number}/wfapi/describe`;
  const end = building ? view.now : timestamp + (duration ?? 0);
  return {
    _links: {
      self: { href: self },
      ...(!building && { artifacts: { href: self.replace('describe', 'artifacts') } }),
    },
    id: String(number),
    name: `#${number}`,
    status: building ? 'IN_PROGRESS' : STATUS[build.result ?? 'SUCCESS'],
    startTimeMillis: timestamp,
    endTimeMillis: end,
    durationMillis: end - timestamp,
    queueDurationMillis: below(5000, seed, n, 121),
    pauseDurationMillis: 0,
    stages: stagesOf(view, item, build, n, end),
  };
}

function stagesOf(view: View, item: Item, build: Build, n: number, end: number): object[] {
  const { seed } = view.site.settings;
  const planned = 1 + below(NAMES.length - 1, seed, n, 122);
  // A finished build's stages share its time. A running one takes ten seconds for each, and the last one stays.
  const step = build.building ? 10_000 : (end - build.timestamp) / planned;
  const count = build.building ? Math.min(planned, 1 + Math.floor((end - build.timestamp) / step)) : planned;
  return Array.from({ length: count }, (_, i) => {
    const id = String(6 + i * 9);
    const isLast = i === count - 1;
    const failed = isLast && (build.result === 'FAILURE' || build.result === 'ABORTED');
    // A stage that never ran begins at 0. The plugin also reports times below zero for some.
    const skipped = !isLast && fraction(seed, n * 7 + i, 123) < 0.05;
    return {
      _links: {
        self: {
          href: `${view.prefix}/${pathOf(item)}${build.number}/execution/node/${id}/wfapi/describe`,
        },
      },
      id,
      name: NAMES[i]!,
      execNode: '',
      status: skipped
        ? 'NOT_EXECUTED'
        : isLast && build.building
          ? 'IN_PROGRESS'
          : failed
            ? STATUS[build.result!]
            : 'SUCCESS',
      ...(failed && {
        error: {
          message: build.result === 'ABORTED' ? null : 'script returned exit code 1',
          type: 'hudson.AbortException',
        },
      }),
      startTimeMillis: skipped ? 0 : Math.round(build.timestamp + i * step),
      durationMillis: skipped
        ? -12
        : isLast
          ? Math.round(end - build.timestamp - i * step)
          : Math.round(step),
      pauseDurationMillis: 0,
    };
  });
}
