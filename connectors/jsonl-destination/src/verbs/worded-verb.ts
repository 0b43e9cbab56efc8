import type { Verb } from '@headrace/sdk';
import type { JsonlConfig } from '../config.ts';
import { storageError } from '../disk/storage-error.ts';
import { rootOf } from '../place/place.ts';

/** The verb, with system errors that say what to do. */
export function worded(verb: Verb<JsonlConfig>, doing: 'read' | 'write'): Verb<JsonlConfig> {
  return {
    ...verb,
    async run(call) {
      const root = rootOf(call.config, call.env.processEnv);
      try {
        return await verb.run(call);
      } catch (error) {
        throw storageError(error, root, doing);
      }
    },
  };
}
