import { defineSource } from '@headrace/sdk';
import { acmeApi } from './api.ts';
import { config } from './config.ts';
import { items } from './streams/items.ts';

/** Acme, on one screen: what `spec`, `check`, `discover` and `read` need to know. */
export default defineSource({
  name: 'acme-source',
  vendor: 'acme',
  config,
  // A state of another host's data is refused.
  origin: ({ base_url }) => new URL(base_url).host,
  open: acmeApi,
  check: (api) => api.whoAmI(),
  streams: [items],
});
