// `npm run api` starts a sample API, and writes c.json with a configuration for it. Ctrl-C stops it.
import { writeFileSync } from 'node:fs';
import { startTestApi } from '@headrace/sdk/testing';

const api = await startTestApi({ partitions: 5, records: 100, ids: 'snowflake' });
writeFileSync('c.json', `${JSON.stringify({ base_url: api.url, api_token: api.token }, null, 2)}\n`);
process.stdout.write(`${api.url} has 5 groups of 100 items. Its configuration is in c.json.\n`);
