import { defineSource } from '@headrace/sdk';
import { acmeApi } from './api.ts';
import { config } from './config.ts';
import { items } from './streams/items.ts';

/** The source: everything that `spec`, `check`, `discover` and `read` need. */
export default defineSource({
  name: 'acme-source',
  vendor: 'acme',
  config,
  // A state from another host is refused.
  origin: ({ base_url }) => new URL(base_url).host,
  open: acmeApi,
  check: (api) => api.whoAmI(),
  streams: [items],
});
