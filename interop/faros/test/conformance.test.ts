import { type SourceFixture, testSource } from '@headrace/sdk/testing';
import { afterAll, test } from 'vitest';
import { cleanUp, command, configFor } from './run.ts';
import { COMMENTS, ISSUES_PER_PROJECT, PROJECTS, startTracker, type TrackerOptions } from './tracker/api.ts';

/**
 * Checks that such a source cannot pass, because it uses its own HTTP client: we do not see when it is throttled, and
 * it decodes the bytes before we see a record. Each must fail; remove it from the list once it passes.
 */
const OUT_OF_REACH = [
  '[31] Retry-After is obeyed, and a long wait is told as RATE_LIMITED with quota_reset',
  '[11] bytes that are no UTF-8 are replaced and recorded, the record is not lost',
];

async function start(options: TrackerOptions = {}, config: object = {}): Promise<SourceFixture> {
  const api = await startTracker(options);
  return {
    config: configFor(api, config),
    badConfig: configFor(api, { credentials: { auth: 'token', token: 'a-wrong-token-0123456789' } }),
    baseUrl: api.url,
    counts: {
      projects: PROJECTS.length,
      users: 25,
      issues: PROJECTS.length * (options.issuesPerProject ?? ISSUES_PER_PROJECT),
      comments: COMMENTS,
    },
    change: () => api.addIssue('p2'),
    stop: api.stop,
  };
}

/** Runs the SDK's suite on a source that does not use the SDK. */
testSource({
  test: (name, run, timeoutMs) =>
    (OUT_OF_REACH.includes(name) ? test.concurrent.fails : test.concurrent)(name, run, timeoutMs),
  command: command(),
  resumes: 6,
  start: () => start(),
  startBig: () => start({ issuesPerProject: 5000, page: 100, longer: 4000 }),
  startOversized: () => start({ issuesPerProject: 1, longer: 21_000_000 }, { only: ['p1'] }),
  withBaseUrl: (config: object, url) => ({ ...config, url }),
});

afterAll(cleanUp);
