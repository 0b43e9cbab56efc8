import type { DestinationEnv, VerbCall } from '../define.ts';
import type { StoreHalves } from '../run/store-writer.ts';
import type { Lock, LockRequest, Store } from '../store/store.ts';
import { knownSource } from './known-source.ts';

/** A destination with a store, as its verbs use it. */
export interface StoreVerbs<Config, Part, S extends Store<Part> = Store<Part>> {
  /** Opens the store of a configuration. */
  open(
    config: Config,
    env: DestinationEnv,
    runId: string,
  ): StoreHalves<Part, S> | Promise<StoreHalves<Part, S>>;
  /** The owner of a configuration's states. */
  owner(config: Config): { readonly source: string | undefined; readonly scope: string };
  /** The place as shown to people: a path, or a host and database. */
  place(config: Config, env: DestinationEnv): string;
}

/** An open store, and the owner of the states that a verb is about. Without a source if none was ever written. */
export interface VerbStore<Part, S extends Store<Part> = Store<Part>> extends StoreHalves<Part, S> {
  readonly source: string | undefined;
  readonly scope: string;
  /** Locks the source, until the verb has ended and the store is closed. */
  take(source: string, access: LockRequest['access']): Promise<void>;
}

/** Opens a store for a verb, and closes it whatever happens. */
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
