import type { z } from 'zod';
import type { HttpClient, HttpOptions, UpdateConfig } from '../http/index.ts';
import type { JsonObject, SyncMode } from '../protocol/messages.ts';
import type { Log } from '../runtime/log.ts';
import type { Stream } from './define.ts';

/** What `open` gets in addition to the config. */
export interface OpenContext {
  /** Creates an HTTP client that uses this process's clock, retries, logs and signals. */
  readonly http: (options: HttpOptions) => HttpClient;
  readonly log: Log;
  /**
   * Saves values of the config that the vendor replaced, such as a rotated refresh token, by their paths:
   * `{ 'credentials.refresh_token': '…' }`. Resolves when they are safe (a CONTROL message was written, or the config
   * file was replaced). Do not use a new value before that.
   */
  readonly updateConfig: UpdateConfig;
  /** What a `read` has to read; absent for `check` and `discover`. */
  readonly reading?: Reading;
}

/** What a `read` has to read. */
export interface Reading {
  /** Absent: every stream. */
  readonly streams?: ReadonlyArray<{ readonly name: string; readonly syncMode: SyncMode }>;
  /** The saved state of each stream, not checked yet; null: from scratch. */
  readonly states: ReadonlyMap<string, JsonObject | null>;
  /** Aborted when the process has to stop. */
  readonly signal: AbortSignal;
}

/** A config schema that is already a JSON schema, as connectors of other frameworks have. */
export interface JsonSchemaConfig<Config> {
  /** Draft 7; it becomes the form. The config is checked against it before `parse` is called. */
  readonly jsonSchema: JsonObject;
  parse(value: unknown): Config;
}

/** How the records that others refer to are found and sent. */
export interface References {
  /** The stream that sends them. It owes their ids in its partition `''` (see `ReadContext.owe`, `owed`). */
  readonly to: string;
  /** Called with the bytes of each record of the other streams, just before it is written. Calls `found` for each id. */
  readonly find: (record: Uint8Array, found: (id: string) => void) => void;
}

/** A source: everything that `spec`, `check`, `discover` and `read` need. */
export interface SourceDefinition<Config, Api> {
  /** The name of the executable: `jira-source`. */
  readonly name: string;
  /** The vendor, in one word: `jira`. A destination files records under it. */
  readonly vendor: string;
  readonly documentationUrl?: string;
  /** The schema of the config: form, type, defaults, validation, secrets. */
  readonly config: z.ZodType<Config> | JsonSchemaConfig<Config>;
  /** The path of the option that says from when on records are read, if there is one: `start_date`. */
  readonly start?: string;
  /** The host that the data is from. A state of another origin is rejected, except those of `former`. */
  readonly origin: (config: Config) => string;
  /** For vendors that rename sites: a state with a former origin is accepted, and then saved with the new one. */
  readonly former?: {
    /** The option with the former address. The error for a state of another origin suggests it. */
    readonly option: string;
    /** The former origins, as `origin` returns them. */
    readonly origins: (config: Config) => readonly string[];
  };
  /** Called once, before any request. */
  readonly open: (config: Config, context: OpenContext) => Api | Promise<Api>;
  /** Throws if the credentials do not work, a ConfigError if the user can fix it. */
  readonly check: (api: Api) => Promise<void>;
  /** The streams; a function if they depend on the config. It is called once, after `open`. */
  readonly streams: readonly Stream<Api>[] | ((api: Api) => Promise<readonly Stream<Api>[]>);
  /** Records that others refer to and a stream sends by id, usually users. Called once; undefined: there are none. */
  readonly references?: (api: Api) => References | undefined;
  /**
   * The ids behind names in the config (such as project keys), as far as they are known: `{ ENG: '10000' }`. Called
   * before each STATE, which contains them as `names`, together with those of earlier runs. `Reading.states` returns
   * them to the next run, which can then tell a name that is gone from one that never existed.
   */
  readonly names?: (api: Api) => Readonly<Record<string, string>>;
  /** Called once, when every stream of a `read` has ended. If it throws, the run fails. */
  readonly close?: (api: Api, complete: boolean) => Promise<void>;
  /**
   * Called with an item of `--state` that is not a STREAM state, because an earlier version of the connector, in another
   * framework, wrote it. Returns the state of each stream, or undefined if it does not know the item.
   */
  readonly adoptState?: (state: JsonObject, config: Config) => ReadonlyMap<string, JsonObject> | undefined;
  /** The most requests in flight at a time. Default: 8. */
  readonly concurrency?: (config: Config) => number;
}

/** A source of any types, as the engine sees it. */
export type AnySource = SourceDefinition<unknown, unknown>;

/** Defines a source. `runConnector` loads it as the default export of a module. */
export function defineSource<Config, Api>(definition: SourceDefinition<Config, Api>): AnySource {
  return definition as unknown as AnySource;
}
