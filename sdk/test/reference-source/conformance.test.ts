import { fileURLToPath } from 'node:url';
import { type SourceFixture, startTestApi, type TestApiOptions, testSource } from '@headrace/sdk/testing';
import { test } from 'vitest';

/** Bundled from the sources before all tests: scripts/test-programs.ts. */
const MAIN = fileURLToPath(
  new URL('../../../node_modules/.cache/test-programs/reference-source/main.js', import.meta.url),
);

async function start(options: TestApiOptions): Promise<SourceFixture> {
  const api = await startTestApi(options);
  let changes = 0;
  return {
    config: { base_url: api.url, token: api.token },
    counts: options.records === 60 ? { groups: 6, items: 360 } : undefined,
    badConfig: { base_url: api.url, token: 'a-wrong-token-0123456789' },
    baseUrl: api.url,
    // What is behind the read, what is before it, what is new, what is gone.
    change: () => {
      const round = changes++;
      api.change(0, `g00000-00000${round}`);
      api.change(3, `g00003-00004${round}`);
      api.add(1);
      api.remove(2, `g00002-00001${round}`);
    },
    stop: api.stop,
  };
}

testSource({
  test: test.concurrent,
  command: [process.execPath, MAIN],
  start: () => start({ partitions: 6, records: 60, pageSize: 20, perInstant: 3 }),
  startOversized: () => start({ partitions: 1, records: 3, recordBytes: 21_000_000 }),
  startRotating: async () => {
    const oauth = { clientSecret: 'client-secret-0123456789', refreshToken: 'refresh-token-0123456789' };
    const api = await startTestApi({ oauth, partitions: 3 });
    return {
      config: { base_url: api.url, client_secret: oauth.clientSecret, refresh_token: oauth.refreshToken },
      token: () => api.refreshToken!,
      stop: api.stop,
    };
  },
  startBig: () => start({ partitions: 20, records: 5000 }),
  resumes: 6,
  withBaseUrl: (config: object, base_url) => ({ ...config, base_url }),
});
