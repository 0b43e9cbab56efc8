/**
 * What of a source written for faros-airbyte-cdk is used: shapes, so that nothing of the CDK is loaded here.
 * Methods instead of function members: their parameters are the source's own types.
 */
import type { CatalogStream, JsonObject, SyncMode } from '@headrace/sdk/protocol';

export interface FarosConfig {
  /** Read everything, change no state. */
  readonly backfill?: boolean;
  readonly debug?: boolean;
  /** After so many failed slices a stream goes on no more; 0, -1 and absent: no limit. */
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

/** A state per stream, and whatever the source keeps beside them. */
export type FarosConnectorState = Record<string, JsonObject>;

/** A subclass of AirbyteStreamBase. What newer or older releases lack is optional. */
export interface FarosStream {
  readonly name: string;
  readonly dependencies?: readonly string[];
  readonly supportsIncremental: boolean;
  /** A good state is there after each so many records of a slice; absent: only after a whole slice. */
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
  /** The vendor in one word. */
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
