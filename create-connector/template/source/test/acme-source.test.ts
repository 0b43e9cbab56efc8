import { describe, test } from 'node:test';
import { type SourceFixture, startTestApi, testSource } from '@headrace/sdk/testing';

/** An API to read from, with the same data each time, and the configurations that reach it. */
async function start(): Promise<SourceFixture> {
  const api = await startTestApi({
    partitions: 3,
    records: 40,
    pageSize: 10,
    // What vendors have: ids that a double does not hold, and things of one moment.
    ids: 'snowflake',
    perInstant: 3,
  });
  const config = { base_url: api.url, api_token: api.token };
  return {
    config,
    badConfig: { ...config, api_token: 'not-the-token' },
    baseUrl: api.url,
    counts: { items: 3 * 40 },
    // Called while a read is under way: nothing may be missed for it.
    change: () => {
      api.add(0);
    },
    stop: () => api.stop(),
  };
}

// Airbyte's rules, against the built program: what is sent, what is resumed, what happens when things fail.
describe('acme-source', { concurrency: 4 }, () => {
  testSource({
    test,
    command: ['bin/acme-source'],
    start,
    withBaseUrl: (config: object, base_url) => ({ ...config, base_url }),
  });
});
