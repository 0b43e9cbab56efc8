import type { z } from 'zod';
import type { DestinationSyncMode } from '../protocol/messages.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { DestinationWriter } from './writer.ts';

/** What would otherwise be ambient; a destination asks nothing else of its process. */
export interface DestinationEnv extends Clock {
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  readonly processEnv: Readonly<Record<string, string | undefined>>;
  /** The `--source` flag. */
  readonly source?: string;
}

/** An option of a verb, as commander writes it: `--set <file>`, `--reset`. Its value arrives under its long name. */
export interface VerbOption {
  readonly flags: string;
  readonly description: string;
}

/** What a verb is called with. */
export interface VerbCall<Config> {
  readonly config: Config;
  /** By long name without dashes: a string where the option takes a value, else true. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  /** Writes one line to stdout; what is said to a person goes to `env.log`. */
  readonly out: (line: string) => void;
  readonly env: DestinationEnv;
}

/** A command of one destination beyond the protocol's (`state`). It has `--config` and `--source` besides its own options. */
export interface Verb<Config> {
  readonly name: string;
  readonly description: string;
  readonly options: readonly VerbOption[];
  /** Resolves to the exit code; what it throws is shown and ends with 1. */
  run(call: VerbCall<Config>): Promise<number>;
}

/** A destination: what `spec`, `check` and `write` need to know. */
export interface DestinationDefinition<Schema extends z.ZodType = z.ZodType> {
  /** The executable's name: `jsonl-destination`. */
  readonly name: string;
  readonly documentationUrl?: string;
  /** One schema: the form, the type, defaults, validation, secrets. */
  readonly config: Schema;
  /** `supported_destination_sync_modes` of the spec; a catalog that asks for another one is refused. */
  readonly supportedModes: readonly DestinationSyncMode[];
  /** The spec's `x-headrace.state`: the destination itself keeps the states, and `state` prints them. */
  readonly state?: boolean;
  /** Paths of the config, with dots, that say where it writes: `['host', 'port', 'database']`. Two jobs must differ there. */
  readonly target?: readonly string[];
  /** Path of the option that names the source. The runner sets it to the job's name unless it is configured. */
  readonly source?: string;
  /** Called by `check`: throws (ConfigError for what the user mends) where writing would fail. Leaves nothing behind. */
  check(config: z.output<Schema>, env: DestinationEnv): Promise<void>;
  /** Called once a `write`, before any input is read. Touches nothing outside the process yet. */
  open(config: z.output<Schema>, env: DestinationEnv): DestinationWriter | Promise<DestinationWriter>;
  readonly verbs?: readonly Verb<z.output<Schema>>[];
}

/** A destination whose config type is its own business: what the engine and the command line work with. */
export type AnyDestination = DestinationDefinition;

/** A destination from its definition; `runConnector` loads it as the default export of a module. */
export function defineDestination<Schema extends z.ZodType>(
  definition: DestinationDefinition<Schema>,
): AnyDestination {
  return definition as unknown as AnyDestination;
}
