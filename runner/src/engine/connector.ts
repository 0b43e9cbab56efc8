import type { Readable, Writable } from 'node:stream';
import type { CatalogStream, ConnectorSpecification, JsonObject, LogLevel } from '@headrace/sdk/protocol';

/** How a connector's process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines of its stderr, for whoever has to say why it ended. */
  readonly stderr: string;
}

/** A connector that reads or writes. */
export interface ConnectorProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves when the process has ended; never rejects. */
  readonly exited: Promise<Exit>;
  /** Asks it to come to an orderly end: a source drains to its last safe state, a destination commits. */
  terminate(): void;
  /** Ends it, and whatever it has started, at once; if it has ended, its output is closed. */
  kill(): void;
  hasExited(): boolean;
  /** Whether we closed its output: it had ended, and a program that it left behind held it open. */
  isCutOff(): boolean;
}

/** What a call of a connector may say besides its answer, and when to give up. */
export interface CallOptions {
  /** Aborted: the process is killed and the call rejects. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  onLog(level: LogLevel, message: string): void;
  /** The connector rotated a token: its whole new configuration. */
  onControl(config: JsonObject): Promise<void>;
}

interface ReadInput {
  readonly config: JsonObject;
  readonly catalog: ConfiguredCatalog;
  /** A JSON list of states, handed over as it is; undefined: from the beginning. */
  readonly states: string | undefined;
  /** Hand the states over through stdin: our sources then know that an empty list is an answer, too. */
  readonly statesByPipe: boolean;
  onLog(level: LogLevel, message: string): void;
}

interface WriteInput {
  readonly config: JsonObject;
  readonly catalog: ConfiguredCatalog;
  onLog(level: LogLevel, message: string): void;
}

/** One end of a job, however it is started: a program, a container. */
export interface Connector {
  /** As the job names it. */
  readonly name: string;
  /** What is started: a file, an image. */
  readonly program: string;
  /** What people should know of that before it is started. */
  readonly warnings: readonly string[];
  spec(call: CallOptions): Promise<ConnectorSpecification>;
  /** @throws ConfigError where the connector says FAILED */
  check(config: JsonObject, catalog: ConfiguredCatalog | undefined, call: CallOptions): Promise<void>;
  discover(config: JsonObject, call: CallOptions): Promise<CatalogStream[]>;
  /** What a destination that keeps states prints: one line, a JSON list of STATE messages. */
  states(config: JsonObject, call: CallOptions): Promise<string>;
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
