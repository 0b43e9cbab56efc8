import { asHeadraceError, type HeadraceError } from '../errors.ts';
import type { ShortListError } from '../http/index.ts';
import type { Page } from '../protocol/page.ts';
import type { Log } from '../runtime/log.ts';
import type { Backlog } from './backlog.ts';
import type { OpenStream, Owe, Partition } from './define.ts';
import { EstimateTeller } from './estimate-teller.ts';
import { FailureTeller } from './failure-teller.ts';
import { Gaps } from './gaps.ts';
import { type Pacing, StatePacer } from './pacing.ts';
import { PassOver } from './pass-over.ts';
import { type PassedOver, passedOver } from './passed-over.ts';
import type { ScannedStream } from './scan/define.ts';
import type { SentIds } from './sent-ids.ts';
import type { StreamOutput } from './stream-output.ts';
import type { Names, StreamState } from './stream-state.ts';
import { StreamStates } from './stream-states.ts';

/** How one stream of a run has to be read. */
export interface StreamRun {
  readonly name: string;
  readonly stream: OpenStream | ScannedStream;
  /** The saved state. Its partitions are kept, whether this run finds them or not. */
  readonly state: StreamState;
  /** The catalog requests a full refresh: the last state has no partitions. */
  readonly full: boolean;
  /** The most records to send, without a state or COMPLETE; undefined: all. */
  readonly limit?: number;
  readonly missingPermission: () => Promise<string | undefined>;
}

/** The result of a stream. */
export interface StreamOutcome {
  readonly name: string;
  readonly records: number;
  readonly complete: boolean;
  /** The errors of its partitions; none if the stream is complete or was interrupted. */
  readonly errors: readonly HeadraceError[];
}

export interface SessionEnv {
  readonly output: StreamOutput;
  readonly pacing: Pacing;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Called before a STATE is sent, to send those of streams that owe something because of it first. */
  readonly beforeState?: (session: StreamSession) => void;
  /** See `ReadContext.owe`. */
  readonly owe?: Owe;
  /** See `SourceDefinition.names`. */
  readonly names?: () => Names;
}

/** One stream of a run: its states, its output and its result. */
export class StreamSession {
  readonly run: StreamRun;
  readonly output: StreamOutput;
  readonly states: StreamStates;
  readonly estimates: EstimateTeller;
  /** The state is large and is sent only once, at the end of the stream. */
  onlyAtEnd = false;
  /** See `ReadContext.owe`. */
  readonly owe: Owe;
  /** What it makes streams owe that are not selected, by their names. Its STATEs contain it until they are. */
  readonly owes = new Map<string, Backlog>();
  /** How many rows its lists lack of their totals. */
  readonly gaps: Gaps;
  /** The censuses that watch it. If they have news about what it sent, their STATE is sent before its own. */
  readonly watchers: StreamSession[] = [];
  /** What it sent while a census that watches it is not selected, by the census's name. Its STATEs contain it until the census is. */
  readonly sent = new Map<string, SentIds>();
  readonly #env: SessionEnv;
  readonly #pacer: StatePacer;
  readonly #failures: FailureTeller;
  readonly #passed: PassedOver;

  constructor(run: StreamRun, env: SessionEnv) {
    this.run = run;
    this.output = env.output;
    this.#env = env;
    this.owe = env.owe ?? (() => {});
    this.gaps = new Gaps(run.state.gaps);
    this.states = new StreamStates(run.state.partitions);
    this.estimates = new EstimateTeller(env.output, env.now);
    this.#pacer = new StatePacer(env.pacing, env.now());
    this.#failures = new FailureTeller(run.name, env.output);
    this.#passed = passedOver(env.log);
  }

  /** Whether `--limit` is reached. */
  get isEnough(): boolean {
    return this.run.limit !== undefined && this.output.total >= this.run.limit;
  }

  get isOver(): boolean {
    return this.#env.signal.aborted || this.isEnough;
  }

  /** A partition failed or is passed over (`PassOver`), or the stream itself failed (`partition` undefined). */
  fail(error: unknown, partition?: Partition): void {
    if (error instanceof PassOver) this.#passed.add(this.run.name, error.message);
    else if (!this.#env.signal.aborted) this.#failures.add(asHeadraceError(error), partition?.key);
  }

  /** Whether something failed, so that the stream will be incomplete. */
  get hasFailed(): boolean {
    return this.#failures.errors.length > 0;
  }

  /**
   * Lists of a partition ended short of their totals; undefined: the list of partitions itself. A list that lacks as many
   * rows as in the last run is only a WARN, because totals may count what this account cannot see. Any other gap makes
   * the stream incomplete.
   * @returns whether each list lacks what it lacked in the last run
   */
  short(errors: readonly ShortListError[], partition: Partition | undefined): boolean {
    const news = this.gaps.add(partition?.key ?? '', errors);
    for (const error of errors) {
      if (news.includes(error)) this.fail(error, partition);
      else this.#env.log.warn(`${this.run.name}: ${error.message}, as it did in the last run`);
    }
    return news.length === 0;
  }

  /** Writes the rows of a page that `fresh` marks (undefined: all); see `StreamOutput.page`. */
  write(page: Page, fresh: Uint8Array | undefined, owner: Partition): void {
    const { limit } = this.run;
    const most = limit === undefined ? Number.POSITIVE_INFINITY : Math.max(0, limit - this.output.total);
    const bytes = this.output.page(page, fresh, owner, most);
    this.#pacer.wrote(bytes);
    for (const watcher of this.watchers) watcher.#pacer.wrote(bytes);
  }

  /** Called between two units: sends a STATE if it is time for one (invariant 1) and for those that must be sent before it. */
  betweenUnits(): void {
    const now = this.#env.now();
    if (this.onlyAtEnd || !this.#pacer.due(now)) return;
    if (this.watchers.some((one) => one.states.hasNews && !one.#pacer.due(now))) return;
    this.emitState(false);
  }

  /** Sends a STATE now, unless the state does not account for every record that was sent. */
  emitState(complete: boolean): void {
    if (this.run.limit !== undefined) return;
    this.#env.beforeState?.(this);
    const partitions = complete && this.run.full ? {} : this.states.now();
    // A STATE without partitions means that the complete copy is before it, which must not be said of an unfinished one.
    if (!partitions || (!complete && Object.keys(partitions).length === 0)) return;
    this.states.sentNews();
    const { version, origin } = this.run.state;
    const known = { ...this.run.state.names, ...this.#env.names?.() };
    const names = Object.keys(known).length === 0 ? undefined : known;
    const [owes, sent] = [jsonOf(this.owes), jsonOf(this.sent)];
    const state = { version, origin, partitions, owes, gaps: this.gaps.now(), names, sent };
    this.#pacer.left(this.#env.now(), this.output.state(state));
  }

  /** The stream was read: sends its last STATE and returns its result. */
  end(): StreamOutcome {
    const { output, run } = this;
    this.#failures.end();
    this.#passed.tell();
    if (output.empty > 0) this.#env.log.warn(`${run.name}: ${output.empty} empty objects were not sent`);
    const { errors } = this.#failures;
    const complete = errors.length === 0 && !this.#env.signal.aborted && run.limit === undefined;
    this.emitState(complete);
    return { name: run.name, records: output.total, complete, errors };
  }

  /** Sends the status, after which nothing of the stream follows. A census is closed after the streams that it watches. */
  close(complete: boolean): void {
    if (this.run.limit !== undefined) return;
    if (this.states.hasNews) this.emitState(false);
    this.output.status(complete ? 'COMPLETE' : 'INCOMPLETE');
  }
}

/** What concerns other streams, by their names; undefined: nothing. */
function jsonOf<T>(streams: ReadonlyMap<string, { readonly json: () => T }>): Record<string, T> | undefined {
  if (streams.size === 0) return undefined;
  return Object.fromEntries([...streams].map(([name, ids]) => [name, ids.json()]));
}
