/** The Airbyte protocol's messages as TypeScript types (schema version 0.18; specs/protocol.json). */

export type JsonObject = { [name: string]: unknown };

/** A stream's identity: its name, plus a namespace if the source has several. */
export interface StreamDescriptor {
  name: string;
  namespace?: string | null;
}

/** How to read a stream: all of it, or what has changed since its state. */
export type SyncMode = 'full_refresh' | 'incremental';
/** What a destination does with existing records of a stream. */
export type DestinationSyncMode = 'append' | 'overwrite' | 'append_dedup' | 'update' | 'soft_delete';
/** A stream's progress. COMPLETE and INCOMPLETE are final. */
export type StreamStatus = 'STARTED' | 'RUNNING' | 'COMPLETE' | 'INCOMPLETE';
/** How a failure can be resolved: by the user, by waiting, or by the connector's maintainer. */
export type FailureType = 'config_error' | 'transient_error' | 'system_error';
/** The protocol's log levels, most severe first. */
export type LogLevel = 'FATAL' | 'ERROR' | 'WARN' | 'INFO' | 'DEBUG' | 'TRACE';

/** One record of a stream. In transit a record is bytes; this object form occurs only in tests. */
export interface RecordMessage {
  stream: string;
  namespace?: string | null;
  data: JsonObject;
  /** Milliseconds since 1970. */
  emitted_at: number;
  meta?: { changes?: RecordChange[] } | null;
}

/** A change to a record's content on the way: see the protocol's AirbyteRecordMessageMetaChange. */
export interface RecordChange {
  field: string;
  change: 'NULLED' | 'TRUNCATED';
  reason: string;
}

/** What a source needs to continue. Covers every earlier record of its stream (GLOBAL, LEGACY: of all streams). */
export interface StateMessage {
  type: 'STREAM' | 'GLOBAL' | 'LEGACY';
  stream?: { stream_descriptor: StreamDescriptor; stream_state?: JsonObject | null };
  global?: {
    shared_state?: JsonObject | null;
    stream_states: Array<{ stream_descriptor: StreamDescriptor; stream_state?: JsonObject | null }>;
  };
  sourceStats?: { recordCount: number };
  destinationStats?: { recordCount: number; rejectedRecordCount?: number };
}

/** A failure of the run, or of one stream. `message` is for users, `internal_message` for maintainers. */
export interface ErrorTrace {
  message: string;
  internal_message?: string;
  stack_trace?: string;
  failure_type: FailureType;
  stream_descriptor?: StreamDescriptor;
  'x-headrace'?: ErrorFacts;
}

/**
 * What our connectors report about an error in addition to the protocol's fields. The runner shows and stores it.
 */
export interface ErrorFacts {
  /** A stable, dotted name, e.g. `config.field_required`. */
  code: string;
  /** Where: a config path, a file and line, an HTTP request line. */
  place?: string;
  /** What to do, in one line. */
  hint?: string;
}

/** A stream's status. `reasons` says why a RUNNING stream is waiting. */
export interface StatusTrace {
  stream_descriptor: StreamDescriptor;
  status: StreamStatus;
  /** `quota_reset`: milliseconds since 1970. */
  reasons?: Array<{ type: 'RATE_LIMITED'; rate_limited: { quota_reset: number } }>;
}

/** What a connector reports about a run besides data: failures, statuses, estimates, analytics. */
export type TraceMessage = { emitted_at: number } & (
  | { type: 'ERROR'; error: ErrorTrace }
  | { type: 'STREAM_STATUS'; stream_status: StatusTrace }
  | {
      type: 'ESTIMATE';
      estimate: {
        name: string;
        type: 'STREAM' | 'SYNC';
        namespace?: string;
        row_estimate?: number;
        byte_estimate?: number;
      };
    }
  | { type: 'ANALYTICS'; analytics: { type: string; value: string } }
);

/** One stream in the output of `discover`. */
export interface CatalogStream {
  name: string;
  json_schema: JsonObject;
  supported_sync_modes: SyncMode[];
  source_defined_cursor?: boolean;
  default_cursor_field?: string[];
  source_defined_primary_key?: string[][];
  namespace?: string;
  is_resumable?: boolean;
}

/**
 * What a connector made with our SDK says about itself in its spec. It is all that the runner knows about a
 * connector.
 */
export interface ConnectorFacts {
  /** The destination stores states: it has the command `state`. */
  state?: boolean;
  /** Dotted config paths that say where a destination writes. */
  target?: string[];
  /** Path of the option that names the source. Unless it is configured, the runner sets it to the job's name. */
  source?: string;
  /** Path of a source's option for the earliest time to read from. */
  start?: string;
  /** A destination's commands beyond the protocol's: `stats`, `cursors`, …. They take `--config` and print text. */
  verbs?: string[];
}

/** A connector's `spec`. */
export interface ConnectorSpecification {
  connectionSpecification: JsonObject;
  documentationUrl?: string;
  changelogUrl?: string;
  protocol_version?: string;
  supportsIncremental?: boolean;
  supported_destination_sync_modes?: DestinationSyncMode[];
  'x-headrace'?: ConnectorFacts;
}

/** Any message of the protocol; one JSON object per line. */
export type AirbyteMessage =
  | { type: 'RECORD'; record: RecordMessage }
  | { type: 'STATE'; state: StateMessage }
  | { type: 'LOG'; log: { level: LogLevel; message: string; stack_trace?: string } }
  | { type: 'SPEC'; spec: ConnectorSpecification }
  | { type: 'CONNECTION_STATUS'; connectionStatus: { status: 'SUCCEEDED' | 'FAILED'; message?: string } }
  | { type: 'CATALOG'; catalog: { streams: CatalogStream[] } }
  | { type: 'TRACE'; trace: TraceMessage }
  | {
      type: 'CONTROL';
      control: { type: 'CONNECTOR_CONFIG'; emitted_at: number; connectorConfig: { config: JsonObject } };
    };

/** A stream's identity as a map key. No stream name can collide with another name plus namespace. */
export function streamKey(stream: StreamDescriptor): string {
  return JSON.stringify([stream.namespace ?? '', stream.name]);
}
