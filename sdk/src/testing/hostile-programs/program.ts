/**
 * `program source|destination <options, JSON> <verb> <flags>`: the program that `hostileSource` and
 * `hostileDestination` start.
 */
import { hostileDestination } from './destination.ts';
import type { HostileDestinationOptions, HostileSourceOptions } from './options.ts';
import { output } from './process.ts';
import { hostileSource } from './source.ts';

const [, , kind, options = '{}', verb = ''] = process.argv;
const given: unknown = JSON.parse(options);
process.exit(
  kind === 'source'
    ? await hostileSource(given as HostileSourceOptions, verb, output)
    : await hostileDestination(given as HostileDestinationOptions, verb, output),
);
