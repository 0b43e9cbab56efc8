import { defineStore } from '@headrace/sdk/destination';
import { check } from './check.ts';
import { config } from './config.ts';
import { acmeStore } from './store.ts';

/** The definition of Acme: what `spec`, `check`, `write`, `state`, `stats`, `cursors` and `verify` need to know. */
export default defineStore({
  name: 'acme-destination',
  config,
  // Other modes are refused, and not offered by platforms.
  supportedModes: ['append', 'overwrite', 'append_dedup'],
  target: ['path'],
  check,
  open: acmeStore,
  place: ({ path }) => path,
  verify:
    'check the database, and that every record is JSON and belongs to a commit; exits with 1 if something is wrong',
});
