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

/** How one stream of a run is to be read. */
export interface StreamRun {
  readonly name: string;
  readonly stream: OpenStream | ScannedStream;
  /** The saved state; its partitions are carried on, seen in this run or not. */
  readonly state: StreamState;
  /** The catalog asks for the whole stream: its last state has no partitions. */
  readonly full: boolean;
  /** At most so many records, no state, no COMPLETE; undefined: all. */
  readonly limit?: number;
  readonly missingPermission: () => Promise<string | undefined>;
}

/** What became of a stream. */
export interface StreamOutcome {
  readonly name: string;
  readonly records: number;
  readonly complete: boolean;
  /** The failures of its partitions; empty where the stream is complete or was interrupted. */
  readonly errors: readonly HeadraceError[];
}

export interface SessionEnv {
  readonly output: StreamOutput;
  readonly pacing: Pacing;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Called before a STATE leaves: those of streams that owe something because of it go first. */
  readonly beforeState?: (session: StreamSession) => void;
  /** See `ReadContext.owe`. */
  readonly owe?: Owe;
  /** See `SourceDefinition.names`. */
  readonly names?: () => Names;
}

/** One stream of a run: what was saved and what is sent of it, and what becomes of it. */
export class StreamSession {
  readonly run: StreamRun;
  readonly output: StreamOutput;
  readonly states: StreamStates;
  readonly estimates: EstimateTeller;
  /** The state is large and leaves once, at the stream's end. */
  onlyAtEnd = false;
  /** See `ReadContext.owe`. */
  readonly owe: Owe;
  /** What it makes streams owe that are not selected, by their names. Its STATEs contain it until they are. */
  readonly owes = new Map<string, Backlog>();
  /** What its lists lack of their totals. */
  readonly gaps: Gaps;
  /** Censuses that watch it: where they have something new to say of what it sent, their STATE goes before its own. */
  readonly watchers: StreamSession[] = [];
  /** What it sent while a census that watches it is not selected, by the census's name: its STATEs say it until it is. */
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

  /** Something of it failed: it will end incomplete. */
  get hasFailed(): boolean {
    return this.#failures.errors.length > 0;
  }

  /**
   * Lists that ended short of their totals, of a partition or (undefined) of partitions. Returns whether each lacks
   * what it lacked in the last run: that is a WARN, as totals may count what this account may not see. Any other
   * gap makes the stream incomplete.
   */
  short(errors: readonly ShortListError[], partition: Partition | undefined): boolean {
    const news = this.gaps.add(partition?.key ?? '', errors);
    for (const error of errors) {
      if (news.includes(error)) this.fail(error, partition);
      else this.#env.log.warn(`${this.run.name}: ${error.message}, as it did in the last run`);
    }
    return news.length === 0;
  }

  /** Writes the rows of a page that `fresh` marks, all where it is undefined; see `StreamOutput.page`. */
  write(page: Page, fresh: Uint8Array | undefined, owner: Partition): void {
    const { limit } = this.run;
    const most = limit === undefined ? Number.POSITIVE_INFINITY : Math.max(0, limit - this.output.total);
    const bytes = this.output.page(page, fresh, owner, most);
    this.#pacer.wrote(bytes);
    for (const watcher of this.watchers) watcher.#pacer.wrote(bytes);
  }

  /** Between two units: sends a STATE where it is time for one (invariant 1), and for what has to go before. */
  betweenUnits(): void {
    const now = this.#env.now();
    if (this.onlyAtEnd || !this.#pacer.due(now)) return;
    if (this.watchers.some((one) => one.states.hasNews && !one.#pacer.due(now))) return;
    this.emitState(false);
  }

  /** Sends a STATE now; none where the state does not account for every record that was sent. */
  emitState(complete: boolean): void {
    if (this.run.limit !== undefined) return;
    this.#env.beforeState?.(this);
    const partitions = complete && this.run.full ? {} : this.states.now();
    // No partitions mean that the whole copy stands before the STATE: an unfinished one may not say so.
    if (!partitions || (!complete && Object.keys(partitions).length === 0)) return;
    this.states.sentNews();
    const { version, origin } = this.run.state;
    const known = { ...this.run.state.names, ...this.#env.names?.() };
    const names = Object.keys(known).length === 0 ? undefined : known;
    const [owes, sent] = [jsonOf(this.owes), jsonOf(this.sent)];
    const state = { version, origin, partitions, owes, gaps: this.gaps.now(), names, sent };
    this.#pacer.left(this.#env.now(), this.output.state(state));
  }

  /** The stream was read: its last STATE, and what became of it. */
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

  /** Nothing of it follows: its status. Once those have ended that a census watches. */
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
