import type { DestinationEnv, VerbCall } from '../define.ts';
import type { StoreHalves } from '../run/store-writer.ts';
import type { Lock, LockRequest, Store } from '../store/store.ts';
import { knownSource } from './known-source.ts';

/** A destination that is a store, as its verbs see it. */
export interface StoreVerbs<Config, Part, S extends Store<Part> = Store<Part>> {
  /** Opens the store that a configuration names. */
  open(
    config: Config,
    env: DestinationEnv,
    runId: string,
  ): StoreHalves<Part, S> | Promise<StoreHalves<Part, S>>;
  /** Whose states a configuration is about. */
  owner(config: Config): { readonly source: string | undefined; readonly scope: string };
  /** How the place is named to people: a path, a host and database. */
  place(config: Config, env: DestinationEnv): string;
}

/** An open store, and whose states a verb is about; without a source if none was ever written. */
export interface VerbStore<Part, S extends Store<Part> = Store<Part>> extends StoreHalves<Part, S> {
  readonly source: string | undefined;
  readonly scope: string;
  /** Takes the source; it is given back when the verb is done and the store is closed. */
  take(source: string, access: LockRequest['access']): Promise<void>;
}

/** Opens the store of a verb, and closes it whatever happens. */
export async function withStore<Config, Part, S extends Store<Part>, T>(
  { open, owner }: StoreVerbs<Config, Part, S>,
  { config, env }: Pick<VerbCall<Config>, 'config' | 'env'>,
  runId: string,
  work: (store: VerbStore<Part, S>) => Promise<T>,
): Promise<T> {
  const { store, half } = await open(config, env, runId);
  let lock: Lock | undefined;
  const take = async (source: string, access: LockRequest['access']): Promise<void> => {
    lock = await store.lock?.({ source, access, runId });
  };
  try {
    const { source, scope } = owner(config);
    return await work({ store, half, scope, take, source: await knownSource(store, env.source ?? source) });
  } finally {
    await half.close();
    await store.close();
    await lock?.release();
  }
}
