/** The Airbyte protocol's messages as TypeScript types (schema version 0.18; specs/protocol.json). */

export type JsonObject = { [name: string]: unknown };

/** A stream's identity: its name, and a namespace where the source has several. */
export interface StreamDescriptor {
  name: string;
  namespace?: string | null;
}

/** How a stream is read: whole, or what changed since its state. */
export type SyncMode = 'full_refresh' | 'incremental';
/** What a destination does with what it has of a stream already. */
export type DestinationSyncMode = 'append' | 'overwrite' | 'append_dedup' | 'update' | 'soft_delete';
/** How far a source is with a stream. COMPLETE and INCOMPLETE are its last word. */
export type StreamStatus = 'STARTED' | 'RUNNING' | 'COMPLETE' | 'INCOMPLETE';
/** Who mends a failure: the user, time, or whoever wrote the connector. */
export type FailureType = 'config_error' | 'transient_error' | 'system_error';
/** The protocol's log levels, the gravest first. */
export type LogLevel = 'FATAL' | 'ERROR' | 'WARN' | 'INFO' | 'DEBUG' | 'TRACE';

/** One record of a stream. On the way it is bytes; as an object it is met in tests only. */
export interface RecordMessage {
  stream: string;
  namespace?: string | null;
  data: JsonObject;
  /** Milliseconds since 1970. */
  emitted_at: number;
  meta?: { changes?: RecordChange[] } | null;
}

/** What was done to a record's content on the way: see the protocol's AirbyteRecordMessageMetaChange. */
export interface RecordChange {
  field: string;
  change: 'NULLED' | 'TRUNCATED';
  reason: string;
}

/** What to go on with: covers every record of its stream (GLOBAL, LEGACY: of all) that stands before it. */
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

/** A failure of the run, or of one stream. `message` is for users, `internal_message` for whoever mends it. */
export interface ErrorTrace {
  message: string;
  internal_message?: string;
  stack_trace?: string;
  failure_type: FailureType;
  stream_descriptor?: StreamDescriptor;
  'x-headrace'?: ErrorFacts;
}

/** What our connectors say of an error beside the protocol's fields. The runner shows and keeps it. */
export interface ErrorFacts {
  /** A dotted name that stays the same, e.g. `config.field_required`. */
  code: string;
  /** Where: a config path, a file and line, an HTTP request line. */
  place?: string;
  /** What to do, in one line. */
  hint?: string;
}

/** A stream's status. `reasons` says why a stream that is RUNNING waits. */
export interface StatusTrace {
  stream_descriptor: StreamDescriptor;
  status: StreamStatus;
  /** `quota_reset`: milliseconds since 1970. */
  reasons?: Array<{ type: 'RATE_LIMITED'; rate_limited: { quota_reset: number } }>;
}

/** What a connector says about a run besides its data: failures, statuses, estimates, analytics. */
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

/** One stream as `discover` shows it. */
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

/** What a connector made with our SDK says of itself in its spec. The runner knows connectors by this alone. */
export interface ConnectorFacts {
  /** The destination is the state store: it has the verb `state`. */
  state?: boolean;
  /** Paths of the config, with dots, that say where a destination writes. */
  target?: string[];
  /** Path of the option that names the source. The runner sets it to the job's name unless it is configured. */
  source?: string;
  /** Path of a source's option that says from when it reads. */
  start?: string;
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

/** Every message of the protocol, one JSON object a line. */
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

/** A stream's identity as a map key: no name can collide with a name and namespace. */
export function streamKey(stream: StreamDescriptor): string {
  return JSON.stringify([stream.namespace ?? '', stream.name]);
}
