/**
 * The parts of a faros-airbyte-cdk source that we use. Types only, so that this package does not load the CDK.
 * Members are declared as methods, so that sources may use their own, narrower parameter types.
 */
import type { CatalogStream, JsonObject, SyncMode } from '@headrace/sdk/protocol';

export interface FarosConfig {
  /** Reads everything and does not change the state. */
  readonly backfill?: boolean;
  readonly debug?: boolean;
  /** A stream stops after this many failed slices; 0, -1 and undefined mean no limit. */
  readonly max_slice_failures?: number;
}

export interface FarosConfiguredCatalog {
  readonly streams: FarosConfiguredStream[];
}

interface FarosConfiguredStream {
  readonly stream: { readonly name: string };
  readonly sync_mode: string;
  readonly cursor_field?: string[];
}

/** One state per stream, plus anything else the source stores next to them. */
export type FarosConnectorState = Record<string, JsonObject>;

/** A subclass of AirbyteStreamBase. Members that some releases lack are optional. */
export interface FarosStream {
  readonly name: string;
  readonly dependencies?: readonly string[];
  readonly supportsIncremental: boolean;
  /** The state is safe after each this many records of a slice. Undefined: only after a whole slice. */
  readonly stateCheckpointInterval?: number;
  asAirbyteStream(): object;
  streamSlices(
    syncMode: string,
    cursorField?: string[],
    state?: JsonObject,
  ): AsyncIterable<JsonObject | undefined>;
  readRecords(
    syncMode: string,
    cursorField?: string[],
    slice?: JsonObject,
    state?: JsonObject,
  ): AsyncIterable<object>;
  getUpdatedState(state: JsonObject, latestRecord: object, slice?: JsonObject): JsonObject;
  onBeforeRead?(): Promise<void>;
  onAfterRead?(): Promise<void>;
}

/** A subclass of AirbyteSourceBase. */
export interface FarosSource {
  /** The vendor as one word. */
  readonly type: string;
  spec(minimize?: boolean): Promise<{ readonly spec: object }>;
  checkConnection(config: object): Promise<readonly [boolean, Error | undefined]>;
  streams(config: object): readonly FarosStream[];
  onBeforeRun?(config: object): Promise<object>;
  onBeforeRead?(
    config: object,
    catalog: FarosConfiguredCatalog,
    state?: FarosConnectorState,
  ): Promise<{ config: object; catalog: FarosConfiguredCatalog; state?: FarosConnectorState }>;
  onAfterRead?(config: object): Promise<void>;
}

export type { CatalogStream, JsonObject, SyncMode };
