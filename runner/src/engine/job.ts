import type { DestinationSyncMode, JsonObject, SyncMode } from '@headrace/sdk/protocol';

/** A stream that a job asks for. */
export interface StreamChoice {
  readonly name: string;
  readonly namespace?: string;
  readonly sync_mode?: SyncMode;
  readonly destination_sync_mode?: DestinationSyncMode;
  readonly cursor_field?: string[];
  readonly primary_key?: string[][];
}

/** One end of a job: which connector, and its configuration with everything filled in. */
export interface JobEnd {
  /** A path, `docker://image:tag`, a bin of an installed npm package or a program on the PATH. */
  readonly connector: string;
  readonly config: JsonObject;
  /** Variables of the environment that it gets besides those that every connector gets. */
  readonly env?: readonly string[];
  /** What a `docker://` connector may take, as Docker writes it (`2g`). */
  readonly memory?: string;
  /** `host:container` folders for a `docker://` connector. */
  readonly volumes?: readonly string[];
}

/**
 * A job is plain data: it may come from a file, a queue or a request, and JSON.parse(JSON.stringify(job)) runs the same.
 * Secrets and variables stay names in it (`${secret:jira.token}`) until the process that runs it calls `resolveJob`.
 * Read it with `parseJob`, which keeps the digits of a configuration's numbers.
 */
export interface Job {
  readonly tenant: string;
  readonly name: string;
  /** The folder that relative paths start from, the connectors' own included. */
  readonly folder: string;
  readonly source: JobEnd & { readonly streams?: readonly StreamChoice[] };
  readonly destination: JobEnd;
  /** How often a run that failed for a passing reason is tried again. */
  readonly retries: number;
  /** The wait before the first retry; it doubles from one to the next. */
  readonly retry_delay_seconds: number;
  /** How long one attempt may take. */
  readonly timeout_minutes?: number;
  /** How long nothing may move in an attempt. */
  readonly stall_minutes: number;
  readonly schedule?: string;
  readonly timezone?: string;
  readonly priority: 'critical' | 'high' | 'normal' | 'low';
  readonly alerts?: readonly JsonObject[];
}
