import type { DestinationSyncMode, JsonObject, SyncMode } from '@headrace/sdk/protocol';
import type { Alert } from './alert.ts';

/** A stream that a job asks for. */
export interface StreamChoice {
  readonly name: string;
  readonly namespace?: string;
  readonly sync_mode?: SyncMode;
  readonly destination_sync_mode?: DestinationSyncMode;
  readonly cursor_field?: string[];
  readonly primary_key?: string[][];
}

/** A range that is read again, without touching the states of the job's ordinary runs. */
export interface Backfill {
  /** From when, as the source's start option takes it: a date-time. */
  readonly since: string;
  /** Names the states of this backfill. Those of ordinary runs have no name. */
  readonly scope: string;
}

/** How a job is run this time. Kept with the run, so that it can be run again in the same way. */
export interface RunOptions {
  /** Check both ends before anything is read. */
  readonly check: boolean;
  /** Only these streams of the job. */
  readonly streams?: readonly string[];
  readonly backfill?: Backfill;
  /** The schedule that started it, as `scheduleOf` names it. */
  readonly schedule?: string;
}

/** One end of a job: a connector and its configuration. */
export interface JobEnd {
  /** A path, `docker://image:tag`, a bin of an installed npm package or a program on the PATH. */
  readonly connector: string;
  readonly config: JsonObject;
  /** Environment variables that it gets in addition to those that every connector gets. */
  readonly env?: readonly string[];
  /** The memory limit of a `docker://` connector, in Docker's notation (`2g`). */
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
  /** How many more attempts a run makes after a transient failure. */
  readonly retries: number;
  /** The wait before the first retry. It doubles with each retry. */
  readonly retry_delay_seconds: number;
  /** How many requests per second its source may send, shared by all jobs of this machine with the same credential. */
  readonly requests_per_second?: number;
  /** The longest time that one attempt may take. */
  readonly timeout_minutes?: number;
  /** The longest time in which nothing may move in an attempt. */
  readonly stall_minutes: number;
  readonly schedule?: string;
  readonly timezone?: string;
  readonly priority: 'critical' | 'high' | 'normal' | 'low';
  readonly alerts?: readonly Alert[];
}
