import { describe, test } from 'node:test';
import { type SourceFixture, startTestApi, testSource } from '@headrace/sdk/testing';

/** Starts an API that always serves the same data, and returns configurations for it. */
async function start(): Promise<SourceFixture> {
  const api = await startTestApi({
    partitions: 3,
    records: 40,
    pageSize: 10,
    // Like real vendors: ids that do not fit a double, and several records with the same timestamp.
    ids: 'snowflake',
    perInstant: 3,
  });
  const config = { base_url: api.url, api_token: api.token };
  return {
    config,
    badConfig: { ...config, api_token: 'not-the-token' },
    baseUrl: api.url,
    counts: { items: 3 * 40 },
    // Called during a read. The read must not miss anything because of the change.
    change: () => {
      api.add(0);
    },
    stop: () => api.stop(),
  };
}

// Runs Airbyte's rules against the built program: what it sends, how it resumes, and what it does on failures.
describe('acme-source', { concurrency: 4 }, () => {
  testSource({
    test,
    command: ['bin/acme-source'],
    start,
    withBaseUrl: (config: object, base_url) => ({ ...config, base_url }),
  });
});
