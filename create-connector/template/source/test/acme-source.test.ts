import { test } from 'node:test';
import { startTestApi, testSource } from '@headrace/sdk/testing';

// Airbyte's rules, against the built program: what is sent, what is resumed, what happens when things fail.
testSource({
  test,
  command: ['bin/acme-source'],
  start: async () => {
    const api = await startTestApi({ partitions: 3, records: 40, pageSize: 10 });
    const config = { base_url: api.url, api_token: api.token };
    return {
      config,
      badConfig: { ...config, api_token: 'not-the-token' },
      baseUrl: api.url,
      change: () => {
        api.add(0);
      },
      stop: () => api.stop(),
    };
  },
  withBaseUrl: (config: object, base_url) => ({ ...config, base_url }),
});
