import { below, fraction } from '../../http/random.ts';
import { buildOf } from '../store/builds.ts';
import type { Item } from '../store/item.ts';
import { type Bean, bean, type LongList } from '../tree/bean.ts';
import { drawOf } from './build.ts';
import type { View } from './context.ts';
import { wordsOf } from './people.ts';

const CASES_IN_A_SUITE = 200;

/** The test report of a build; undefined if it has none. */
export function testReportBean(view: View, item: Item, number: number): Bean | undefined {
  const { seed, testCases } = view.site.settings;
  const build = buildOf(item.builds!, number);
  const n = drawOf(item, build);
  if (build.building || fraction(seed, n, 62) >= 0.4) return undefined;
  const total = Math.max(1, Math.round(testCases * fraction(seed, n, 131) ** 2));
  return bean('hudson.tasks.junit.TestResult', {
    testActions: [],
    duration: Math.round(total * 12.5) / 100,
    empty: false,
    failCount: below(3, seed, n, 75),
    passCount: total,
    skipCount: below(4, seed, n, 76),
    suites: suitesOf(seed, n, total),
  });
}

function suitesOf(seed: number, n: number, total: number): LongList {
  const size = Math.ceil(total / CASES_IN_A_SUITE);
  return {
    size: () => size,
    *items(min, max) {
      for (let suite = min; suite < Math.min(max, size); suite++)
        yield suiteBean(seed, n, suite, Math.min(CASES_IN_A_SUITE, total - suite * CASES_IN_A_SUITE));
    },
  };
}

function suiteBean(seed: number, n: number, suite: number, count: number): Bean {
  const className = `com.acme.checkout.Suite${suite}Test`;
  const cases: LongList = {
    size: () => count,
    *items(min, max) {
      for (let i = min; i < Math.min(max, count); i++)
        yield caseBean(seed, n * 31 + suite * CASES_IN_A_SUITE + i, className, i);
    },
  };
  return bean(undefined, {
    cases,
    duration: count / 8,
    enclosingBlockNames: [],
    enclosingBlocks: [],
    id: null,
    name: className,
    nodeId: null,
    stderr: null,
    stdout: null,
    timestamp: null,
  });
}

function caseBean(seed: number, c: number, className: string, i: number): Bean {
  const failed = fraction(seed, c, 132) < 0.01;
  return bean(undefined, {
    testActions: [],
    age: failed ? 1 : 0,
    className,
    duration: below(10_000, seed, c, 133) / 1000,
    errorDetails: failed ? `expected: <${i}> but was: <null>` : null,
    errorStackTrace: failed
      ? `java.lang.AssertionError\n\tat ${className}.case${i}(Suite.java:${i})\n`
      : null,
    failedSince: failed ? 12 : 0,
    name: `case ${i}: ${wordsOf(seed, c, 134, 3)}`,
    properties: bean(undefined, {}),
    skipped: false,
    skippedMessage: null,
    status: failed ? 'REGRESSION' : 'PASSED',
    stderr: null,
    stdout: null,
  });
}
