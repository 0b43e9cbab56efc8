import { ConfigError } from '@headrace/sdk/spec';
import type { Connector } from '../engine/connector.ts';

const SINGER = 'singer://';

/** Whether a connector speaks Singer: `singer://tap-github`, `singer://pip://tap-jsonl==0.3.1`. */
export function isSinger(connector: string): boolean {
  return connector.startsWith(SINGER);
}

/** The program that it names, in any form that a connector may have. */
export function nameOfSinger(connector: string): string {
  return connector.slice(SINGER.length);
}

/** Singer has no verbs beyond reading and writing. */
export function noVerbs(connector: string): Connector['verb'] {
  return (_config, { name }) =>
    Promise.reject(new ConfigError(`${connector} has no verb ${name}`, { code: 'destination.no_verb' }));
}

/** A tap cannot write, and a target cannot read. */
export function wrongRole(connector: string, is: string, wanted: string): ConfigError {
  return new ConfigError(`${connector} is a ${is}, and a ${wanted} is needed here`, {
    code: 'singer.wrong_role',
    hint: 'a tap is a source, a target a destination',
  });
}
