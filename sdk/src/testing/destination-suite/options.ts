import type { StateMessage } from '../../protocol/messages.ts';

/** A stored record. */
export interface StoredRecord {
  readonly stream: string;
  readonly namespace?: string;
  /** Parsed, without columns that the destination adds. */
  readonly data: unknown;
}

/** An empty target, and the config for writing to it. */
export interface DestinationFixture {
  readonly config: object;
  /** A config that `check` must reject: a target without write permission. */
  readonly badConfig?: object;
  /** What a reader of the target sees now. Called between writes, and during a write for `overwrite`. */
  readonly stored: () => AsyncIterable<StoredRecord> | Iterable<StoredRecord>;
  /**
   * The states stored by the destination itself, if it is a state store; runs then resume from these. Otherwise
   * they resume from the echoes, as on the platform.
   */
  readonly states?: () => Promise<readonly StateMessage[]> | readonly StateMessage[];
  /**
   * Whether anything was created outside the target, e.g. by a stream name with a path in it. Returns the names
   * found.
   */
  readonly strays?: () => readonly string[];
  readonly stop: () => void | Promise<void>;
}

/** The options of `testDestination` and `runDestinationConformance`. */
export interface DestinationSuiteOptions {
  /** The program and its first arguments. */
  readonly command: readonly string[];
  /** Creates an empty target. Called once per check. */
  readonly start: () => Promise<DestinationFixture>;
  readonly cwd?: string;
  /** Environment variables for the destination's process, e.g. settings that make it commit often. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Whether each record must be stored exactly once after kills and resumed runs. Default: false, at least once.
   */
  readonly exactlyOnce?: boolean;
  /** How many times the crash check kills the process. Default: 8. */
  readonly kills?: number;
  /** The most resident memory of the process while some 100 MB pass through, in MB. Default: 300. */
  readonly memoryMb?: number;
  /**
   * Creates a target that is full after a few MB: a small file system, or a `command` that starts the destination
   * under a limit (`['sh', '-c', 'ulimit -f 4096; exec "$0" "$@"', 'bin/my-destination']`).
   */
  readonly startFull?: () => Promise<DestinationFixture & { readonly command?: readonly string[] }>;
}
