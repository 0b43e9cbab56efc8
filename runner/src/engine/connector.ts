import type { Readable, Writable } from 'node:stream';
import type { CatalogStream, ConnectorSpecification, JsonObject, LogLevel } from '@headrace/sdk/protocol';

/** How a connector's process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines of its stderr, for the error message. */
  readonly stderr: string;
}

/** A connector that reads or writes. */
export interface ConnectorProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves when the process has ended; never rejects. */
  readonly exited: Promise<Exit>;
  /** Asks it to exit in an orderly way: a source drains to its last safe state, a destination commits. */
  terminate(): void;
  /** Kills it and everything that it started. If it has exited, its output is closed. */
  kill(): void;
  hasExited(): boolean;
  /** Whether we closed its output, because it had exited and a program that it left behind held it open. */
  isCutOff(): boolean;
}

/** What a call reports besides its answer, and when it gives up. */
export interface CallOptions {
  /** Environment variables for it, in addition to its own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Aborted: the process is killed and the call rejects. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  onLog(level: LogLevel, message: string): void;
  /** The connector rotated a token: its whole new configuration. */
  onControl(config: JsonObject): Promise<void>;
}

/** One of a destination's own verbs. */
interface VerbInput {
  readonly name: string;
  readonly args?: readonly string[];
  /** Texts that it gets as files, by the option that names them. */
  readonly files?: Readonly<Record<string, string>>;
  /** Exit codes besides 0 with which what it printed is an answer. */
  readonly alsoExitCodes?: readonly number[];
}

interface ReadInput {
  readonly env?: Readonly<Record<string, string>>;
  readonly config: JsonObject;
  readonly catalog: ConfiguredCatalog;
  /** A JSON list of states, handed over as it is; undefined: from the beginning. */
  readonly states: string | undefined;
  /** Pass the states through stdin. Our sources then also accept an empty list. */
  readonly statesByPipe: boolean;
  /** At most this many records of each stream. Only our sources have this option. */
  readonly limit?: number;
  onLog(level: LogLevel, message: string): void;
}

interface WriteInput {
  readonly config: JsonObject;
  readonly catalog: ConfiguredCatalog;
  onLog(level: LogLevel, message: string): void;
}

/** One end of a job: a program or a container. */
export interface Connector {
  /** As the job names it. */
  readonly name: string;
  /** What is started: a file or an image. */
  readonly program: string;
  /** Warnings to show before it is started. */
  readonly warnings: readonly string[];
  spec(call: CallOptions): Promise<ConnectorSpecification>;
  /** @throws ConfigError if the connector says FAILED */
  check(config: JsonObject, catalog: ConfiguredCatalog | undefined, call: CallOptions): Promise<void>;
  discover(config: JsonObject, call: CallOptions): Promise<CatalogStream[]>;
  /**
   * What one of a destination's own verbs prints; `state` prints one line, a JSON list of STATE messages.
   * @throws as its error says; TransientError if it crashed
   */
  verb(config: JsonObject, verb: VerbInput, call: CallOptions): Promise<string>;
  read(input: ReadInput): Promise<ConnectorProcess>;
  write(input: WriteInput): Promise<ConnectorProcess>;
}

/** One stream as it is configured for a run. */
interface ConfiguredStream {
  readonly stream: CatalogStream;
  readonly sync_mode: 'full_refresh' | 'incremental';
  readonly destination_sync_mode: 'append' | 'overwrite' | 'append_dedup' | 'update' | 'soft_delete';
  readonly cursor_field?: string[];
  readonly primary_key?: string[][];
  readonly generation_id: number;
  readonly minimum_generation_id: number;
  readonly sync_id: number;
}

export interface ConfiguredCatalog {
  readonly streams: readonly ConfiguredStream[];
}
