import { defineDestination } from '@headrace/sdk';
import { check } from './check.ts';
import { config } from './config.ts';
import { acmeWriter } from './writer.ts';

/** Acme, on one screen: what `spec`, `check` and `write` need to know. */
export default defineDestination({
  name: 'acme-destination',
  config,
  // What is not named here is refused, and not asked for.
  supportedModes: ['append'],
  check,
  open: acmeWriter,
});
