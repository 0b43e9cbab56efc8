import { defineStore } from '@headrace/sdk/destination';
import { check } from './check.ts';
import { config } from './config.ts';
import { acmeStore } from './store.ts';

/** Acme, on one screen: what `spec`, `check`, `write`, `state`, `stats`, `cursors` and `verify` need to know. */
export default defineStore({
  name: 'acme-destination',
  config,
  // What is not named here is refused, and not asked for.
  supportedModes: ['append', 'overwrite', 'append_dedup'],
  target: ['path'],
  check,
  open: acmeStore,
  place: ({ path }) => path,
  verify: 'check the database, and that every record is JSON and of a commit; exit 1 says what is wrong',
});
