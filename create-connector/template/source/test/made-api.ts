// `npm run api`: a made API to try the source on, and c.json for it. Ctrl-C stops it.
import { writeFileSync } from 'node:fs';
import { startTestApi } from '@headrace/sdk/testing';

const api = await startTestApi({ partitions: 5, records: 100, ids: 'snowflake' });
writeFileSync('c.json', `${JSON.stringify({ base_url: api.url, api_token: api.token }, null, 2)}\n`);
process.stdout.write(`${api.url} has 5 groups of 100 items; c.json is the configuration for it.\n`);
