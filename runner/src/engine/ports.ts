import type { JsonObject, Secrets, StreamDescriptor, UnreadableLine } from '@headrace/sdk/protocol';
import type { Clock } from './clock.ts';
import type { Connector } from './connector.ts';
import type { RunError, RunEvent, RunResult } from './events.ts';
import type { Job, JobEnd, RunOptions } from './job.ts';

/** Which job: names are unique within a tenant. Every `Job` is one. */
export type JobKey = Pick<Job, 'tenant' | 'name'>;

/** Keeps the states for a destination that does not keep them itself. */
export interface StateStore {
  /** The states of a job as JSON, each in the platform's shape and byte for byte; none: an empty list. */
  load(job: JobKey): Promise<string[]>;
  /** Durable when it resolves. */
  save(job: JobKey, states: readonly string[]): Promise<void>;
  /**
   * Keeps states that are about to be replaced or forgotten, so that the user can put them back.
   * @returns the file's path
   */
  keepBefore(job: JobKey, text: string, at: number): Promise<string>;
}

/** Where a run puts lines that carry data but cannot be read (invariant 5). */
export interface Quarantine {
  /** The path, as shown to people. */
  readonly path: string;
  /** @param stream undefined if it cannot be told */
  add(stream: StreamDescriptor | undefined, line: UnreadableLine): void;
  /** Makes durable what was added. Called before a state that skips it is passed on. */
  sync(): void;
  close(): void;
}

/** A run as history knows it while it runs, and afterwards. Without `ended` it still runs, or was killed. */
export interface RunEntry extends Omit<RunResult, 'ended' | 'outcome' | 'exitCode'> {
  readonly ended?: number;
  readonly outcome?: RunResult['outcome'];
  readonly exitCode?: number;
  /** The process that runs it. */
  readonly process: string;
}

/** Which runs of a tenant are wanted. */
export interface RunQuery {
  /** Only of this job. */
  readonly job?: string;
  readonly kind?: 'sync' | 'backfill';
  /** Only those that started at or after this time, in milliseconds since 1970. */
  readonly since?: number;
  /** Only those with a lower number. */
  readonly before?: number;
}

export interface HistoryStore {
  /**
   * Gives the run its number, one more than the last. For a scheduled run it also moves the job's mark to `started`, so
   * that no kill can make it run twice for one time.
   * @throws ConfigError if a living process is running the job
   */
  begin(job: JobKey, options: RunOptions, started: number): Promise<RunEntry>;
  /** Called while the run goes on. */
  save(entry: RunEntry): Promise<void>;
  /** Called once, when it is over: with the run, the dead letters of its job are settled. */
  end(entry: RunEntry): Promise<void>;
  /** The newest runs first. */
  runs(tenant: string, query: RunQuery): AsyncIterable<RunEntry>;
  /** The run that a living process is doing now. */
  running(job: JobKey): Promise<RunEntry | undefined>;
  /** What is damaged, in sentences. */
  verify(tenant: string): Promise<string[]>;
}

/**
 * What failed after all attempts, with everything that is needed to try again. It never stops the schedule; a later
 * success resolves it. A job has at most one that is open, and one for each of its backfills.
 */
export interface DeadLetter {
  readonly id: number;
  readonly tenant: string;
  readonly job: string;
  /** How to run it again. */
  readonly options: RunOptions;
  /** Milliseconds since 1970, and the number of the run that failed first. */
  readonly opened: number;
  readonly openedBy: number;
  readonly lastAt: number;
  readonly lastRun: number;
  /** How many runs have failed since. */
  readonly runs: number;
  /** The streams that are not complete. Undefined: nothing is known of them, as when the check failed. */
  readonly streams?: readonly StreamDescriptor[];
  readonly errors: readonly RunError[];
  readonly resolved?: number;
  /** The run that resolved it. */
  readonly resolvedBy?: number;
  readonly resolution?: 'success' | 'dropped';
}

export interface DeadLetterStore {
  /** The oldest first. @param all also those that are resolved */
  list(tenant: string, all?: boolean): Promise<DeadLetter[]>;
  /** Returns false if it is not open. */
  drop(tenant: string, id: number, now: number): Promise<boolean>;
}

/** A job that the schedule leaves out until it is resumed. */
export interface Pause {
  /** Undefined: all jobs of the tenant. */
  readonly job?: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly reason?: string;
}

export interface PauseStore {
  list(tenant: string): Promise<Pause[]>;
  /** A job that is paused already keeps its time. */
  pause(tenant: string, pause: Pause): Promise<void>;
  /** Returns false if it was not paused. */
  resume(tenant: string, job: string | undefined): Promise<boolean>;
}

/** Until when the schedule of a job is kept: what was due by then has run, or was caught up by a later run. */
export interface Mark {
  readonly job: string;
  /** As `scheduleOf` names it. A job whose schedule was changed begins anew. */
  readonly schedule: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A scheduled run moves the mark of its job in the transaction that begins the run: see `HistoryStore.begin`. */
export interface MarkStore {
  list(tenant: string): Promise<Mark[]>;
  set(tenant: string, mark: Mark): Promise<void>;
}

/** A connector with its configuration as the job has it, and which of its values are secrets. */
export interface Configured {
  readonly connector: string;
  readonly configured: JsonObject;
  readonly secrets: readonly string[];
}

/** Rotated tokens: they override what is configured until the configured value changes. */
export interface TokenStore {
  /**
   * Waits until no other process uses those of the secrets that are known to rotate.
   * @returns false if the wait was ended by the signal
   */
  claim(
    ends: readonly Configured[],
    wait: { readonly signal: AbortSignal; onWait(holder: string): void },
  ): Promise<boolean>;
  /** Releases what was claimed. */
  release(): void;
  apply(connector: string, configured: JsonObject, secrets: readonly string[]): Promise<JsonObject>;
  /** Durable when it resolves, because a used refresh token cannot be recovered. */
  save(
    connector: string,
    configured: JsonObject,
    secrets: readonly string[],
    rotated: JsonObject,
  ): Promise<void>;
}

/** Budgets of requests that the jobs of this machine share. */
export interface Budgets {
  /**
   * The file of the budget of a credential at a host. It is made if it does not exist, and has the rate from now on.
   * @param credential secret values; the file's name is a hash
   */
  open(host: string, credential: readonly string[], perSecond: number): string;
}

/** Everything outside the engine that it uses. */
export interface Ports {
  connect(end: JobEnd, job: Job, role: 'source' | 'destination'): Connector;
  readonly states: StateStore;
  /** Of one run. */
  quarantine(job: JobKey, run: number): Quarantine;
  readonly history: HistoryStore;
  readonly tokens: TokenStore;
  readonly budgets: Budgets;
  readonly clock: Clock;
  /** In [0, 1): spreads retries. */
  random(): number;
  emit(event: RunEvent): void;
  /** Learns every secret value as soon as a spec names it (invariant 6). */
  readonly secrets: Secrets;
}

/** How a run is asked to end early, step by step. Each signal stays aborted. */
export interface Interrupt {
  /** The source drains, the destination commits. The reason is the signal's name. */
  readonly drain: AbortSignal;
  /** The source is killed, the destination commits what it has. */
  readonly cut: AbortSignal;
  /** Both are killed. */
  readonly kill: AbortSignal;
}
