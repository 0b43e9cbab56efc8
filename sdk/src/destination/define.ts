import type { z } from 'zod';
import type { DestinationSyncMode } from '../protocol/messages.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { DestinationWriter } from './writer.ts';

/** The clock, randomness, log and environment. A destination uses nothing else of its process. */
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
  /** By long name without dashes: a string if the option takes a value, otherwise true. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  /** Writes one line to stdout. Messages for people go to `env.log`. */
  readonly out: (line: string) => void;
  readonly env: DestinationEnv;
}

/** A destination's own command, such as `state`. It has `--config` and `--source` in addition to its own options. */
export interface Verb<Config> {
  readonly name: string;
  readonly description: string;
  readonly options: readonly VerbOption[];
  /** Resolves to the exit code. An error that it throws is shown, and the exit code is 1. */
  run(call: VerbCall<Config>): Promise<number>;
}

/** A destination: what `spec`, `check` and `write` need to know. */
export interface DestinationDefinition<Schema extends z.ZodType = z.ZodType> {
  /** The executable's name: `jsonl-destination`. */
  readonly name: string;
  readonly documentationUrl?: string;
  /** One schema for the form, the type, defaults, validation and secrets. */
  readonly config: Schema;
  /** `supported_destination_sync_modes` of the spec. A catalog that asks for another one is refused. */
  readonly supportedModes: readonly DestinationSyncMode[];
  /** `x-headrace.state` of the spec: the destination keeps the states itself, and `state` prints them. */
  readonly state?: boolean;
  /** Config paths that say where it writes: `['host', 'port', 'database']`. Two jobs must differ in one of them. */
  readonly target?: readonly string[];
  /** Config path of the source's name. The runner sets it to the job's name unless it is configured. */
  readonly source?: string;
  /** Called by `check`. Throws if writing would fail: a ConfigError if the user can fix it. Leaves nothing behind. */
  check(config: z.output<Schema>, env: DestinationEnv): Promise<void>;
  /** Called once per `write`, before input is read. Must not change anything outside the process yet. */
  open(config: z.output<Schema>, env: DestinationEnv): DestinationWriter | Promise<DestinationWriter>;
  readonly verbs?: readonly Verb<z.output<Schema>>[];
}

/** A destination of any config type, as the engine and the command line use it. */
export type AnyDestination = DestinationDefinition;

/** Defines a destination. `runConnector` loads it as the default export of a module. */
export function defineDestination<Schema extends z.ZodType>(
  definition: DestinationDefinition<Schema>,
): AnyDestination {
  return definition as unknown as AnyDestination;
}
