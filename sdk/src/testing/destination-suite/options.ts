import type { StateMessage } from '../../protocol/messages.ts';

/** A record as it landed. */
export interface StoredRecord {
  readonly stream: string;
  readonly namespace?: string;
  /** Parsed, without columns that the destination adds. */
  readonly data: unknown;
}

/** An empty place to write to, and the config that writes there. */
export interface DestinationFixture {
  readonly config: object;
  /** A config that `check` must refuse: a place that may not be written to. */
  readonly badConfig?: object;
  /** What a reader of the place sees now. Called when no write is under way, and during one for `overwrite`. */
  readonly stored: () => AsyncIterable<StoredRecord> | Iterable<StoredRecord>;
  /**
   * The states that the destination itself keeps, for one that is a state store: a run goes on from these.
   * Without it from those that were echoed, as on the platform.
   */
  readonly states?: () => Promise<readonly StateMessage[]> | readonly StateMessage[];
  /** Whether something was made outside of the place: a stream name that escaped. Names of what was found. */
  readonly strays?: () => readonly string[];
  readonly stop: () => void | Promise<void>;
}

/** What `testDestination` and `runDestinationConformance` are told of a destination. */
export interface DestinationSuiteOptions {
  /** The program and its first arguments. */
  readonly command: readonly string[];
  /** Makes an empty place; called once a check. */
  readonly start: () => Promise<DestinationFixture>;
  readonly cwd?: string;
  /** Environment variables for the destination's process; those that make it commit often belong here. */
  readonly env?: Readonly<Record<string, string>>;
  /** After kills and runs that go on from `states`, each record is there once; → false: at least once. */
  readonly exactlyOnce?: boolean;
  /** How many kills the crash check makes; → 8. */
  readonly kills?: number;
  /** Most resident memory of the process while some 100 MB pass through, in MB; → 300. */
  readonly memoryMb?: number;
  /**
   * Makes a place that is full after a few MB: a small file system, or a `command` that starts the destination
   * under a limit (`['sh', '-c', 'ulimit -f 4096; exec "$0" "$@"', 'bin/my-destination']`).
   */
  readonly startFull?: () => Promise<DestinationFixture & { readonly command?: readonly string[] }>;
}
