import type { z } from 'zod';
import { batchHalf } from './batches/batch-half.ts';
import {
  type AnyDestination,
  type DestinationDefinition,
  type DestinationEnv,
  defineDestination,
} from './define.ts';
import { type RunSettings, storeWriter } from './run/store-writer.ts';
import type { Step, Store } from './store/store.ts';
import type { StoreConfig } from './store-options.ts';
import { cursorsVerb } from './verbs/cursors.ts';
import { stateVerb } from './verbs/state.ts';
import { statsVerb } from './verbs/stats.ts';
import { verifyVerb } from './verbs/verify.ts';
import type { StoreVerbs } from './verbs/with-store.ts';

const MB = 1_000_000;

/** A destination with a transactional `Store`: a database or a warehouse. Its config schema includes `storeOptions`. */
export interface StoreDefinition<Schema extends z.ZodType>
  extends Pick<
    DestinationDefinition<Schema>,
    'name' | 'documentationUrl' | 'config' | 'supportedModes' | 'target' | 'check'
  > {
  /** Called once per `write` or verb: connects, and creates what is missing. */
  open(config: z.output<Schema>, env: DestinationEnv): Store | Promise<Store>;
  /** The place as shown to people: a file, or a host and database. Never a secret. */
  place(config: z.output<Schema>): string;
  /** What `verify` does, for its help. Left out if the store has no `verify`. */
  readonly verify?: string;
}

/**
 * Makes a destination from a store. It keeps the states itself, so that each record is stored exactly once, whatever is
 * killed. It has the verbs `state`, `stats`, `cursors` and, if the store has it, `verify`.
 */
export function defineStore<Schema extends z.ZodType<StoreConfig>>(
  definition: StoreDefinition<Schema>,
): AnyDestination {
  const { name, documentationUrl, config: schema, supportedModes, target, check } = definition;
  const { open, place, verify } = definition;
  type Config = z.output<Schema>;
  const verbs: StoreVerbs<Config, Step> = {
    open: async (config, env) => ({ store: await open(config, env), half: batchHalf() }),
    owner: ({ source, state_scope: scope }) => ({ source, scope }),
    place,
  };
  return defineDestination({
    name,
    documentationUrl,
    config: schema,
    supportedModes,
    check,
    state: true,
    target,
    // From `storeOptions`.
    source: 'source',
    open: (config, env) =>
      storeWriter({
        name,
        settings: runSettings(config),
        env,
        open: (runId) => verbs.open(config, env, runId),
      }),
    verbs: [
      stateVerb(verbs),
      statsVerb(verbs),
      cursorsVerb(verbs),
      ...(verify === undefined ? [] : [verifyVerb(verbs, verify, { facts: {}, text: 'nothing' })]),
    ],
  });
}

/** The settings of a run, from its options. */
export function runSettings(config: StoreConfig): RunSettings {
  return {
    seconds: config.commit_seconds,
    bytes: config.commit_mb * MB,
    onCountMismatch: config.on_count_mismatch,
    source: config.source,
    scope: config.state_scope,
    runId: config.run_id,
  };
}
