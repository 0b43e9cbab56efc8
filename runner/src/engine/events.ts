import type { LogLevel, StreamDescriptor, StreamStatus } from '@headrace/sdk/protocol';
import type { RunOptions } from './job.ts';

export type Origin = 'source' | 'destination' | 'runner';
export type Outcome = 'complete' | 'partial' | 'failed' | 'interrupted';
type Phase = 'spec' | 'check' | 'discover' | 'state' | 'sync';

/** One stream's numbers. `records` counts what passed, `committed` what the destination has confirmed. */
export interface StreamProgress {
  readonly name: string;
  readonly namespace?: string;
  readonly status: StreamStatus | 'WAITING';
  readonly records: number;
  readonly bytes: number;
  readonly committed: number;
  /** Put into quarantine: by the destination, or by the runner because it cannot be read. */
  readonly rejected: number;
  /** States that were passed on. */
  readonly states: number;
  /** Milliseconds since 1970, if the source sends statuses: STARTED, and COMPLETE or INCOMPLETE. */
  readonly started?: number;
  readonly ended?: number;
  /** How long the source waited, in milliseconds, because the vendor throttled it. */
  readonly waitedMs: number;
  /** How many rows the source expects, if it says so. */
  readonly estimate?: number;
  /** Milliseconds since 1970 at which the vendor serves again, while it is throttled. */
  readonly rateLimitedUntil?: number;
}

/** The result of one stream at the end of a run. */
export interface StreamResult extends StreamProgress {
  readonly complete: boolean;
  readonly generation: number;
  readonly error?: string;
}

/** One attempt of a run. */
export interface RunAttempt {
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly ended?: number;
  /** Its first error. */
  readonly code?: string;
  readonly message?: string;
  /** The wait before the next attempt. */
  readonly delayMs?: number;
}

/** The result of a run; plain data, as history keeps it. */
export interface RunResult {
  readonly tenant: string;
  readonly job: string;
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly ended: number;
  readonly attempts: number;
  readonly tries: readonly RunAttempt[];
  readonly options: RunOptions;
  readonly outcome: Outcome;
  readonly exitCode: number;
  readonly streams: readonly StreamResult[];
  readonly errors: readonly RunError[];
}

/** An error as data: what `--json` and history show. */
export interface RunError {
  readonly code: string;
  readonly message: string;
  readonly failure_type: string;
  readonly place?: string;
  readonly hint?: string;
  readonly origin: Origin;
  readonly stream?: string;
}

/** What the engine tells its listener. Plain data: JSON.parse(JSON.stringify(event)) is the same event. */
export type RunEvent =
  | {
      type: 'run_started';
      tenant: string;
      job: string;
      number: number;
      source: string;
      destination: string;
      at: number;
    }
  /** Which program is about to be started for an end. */
  | { type: 'program'; origin: 'source' | 'destination'; name: string; program: string }
  | { type: 'phase'; phase: Phase; attempt: number }
  | { type: 'streams'; streams: readonly StreamDescriptor[] }
  | { type: 'progress'; streams: readonly StreamProgress[]; at: number }
  /** `once`: the message is shown once per command. */
  | { type: 'log'; origin: Origin; level: LogLevel; message: string; once?: true }
  | { type: 'error'; error: RunError }
  | { type: 'retry'; attempt: number; of: number; delayMs: number; reason: string }
  | { type: 'draining'; reason: string }
  | { type: 'run_ended'; result: RunResult };

/** Members of events and results that are identifiers. They are not scrubbed, even if a secret has the same value. */
export const NAMES: ReadonlySet<string> = new Set([
  'command',
  'tenant',
  'job',
  'jobs',
  'name',
  'namespace',
  'stream',
  'streams',
  'code',
  'failure_type',
  'origin',
  'outcome',
  'status',
  'process',
]);
