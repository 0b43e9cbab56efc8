import { ConfigError } from '../../errors.ts';
import type { Store } from '../store/store.ts';

/**
 * Which source a verb is about: the one that is named, otherwise the only one ever written. Undefined if there is none.
 * @throws ConfigError that lists them, if there are several
 */
export async function knownSource(
  store: Pick<Store<never>, 'sources'>,
  named: string | undefined,
): Promise<string | undefined> {
  if (named !== undefined) return named;
  const all = await store.sources();
  if (all.length > 1) {
    throw new ConfigError(`several sources were written here: ${all.join(', ')}`, {
      code: 'state.source',
      place: '--source',
      hint: 'choose one with --source',
    });
  }
  return all[0];
}
