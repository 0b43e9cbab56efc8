import type { Buffer } from 'node:buffer';
import type { MessageWriter } from '../protocol/message-writer.ts';
import { type StreamDescriptor, streamKey } from '../protocol/messages.ts';
import type { StateToCommit } from '../protocol/state-line.ts';
import type { Clock } from '../runtime/clock.ts';
import type { DestinationWriter, StreamCounts } from './writer.ts';

interface PendingState {
  readonly commit: StateToCommit;
  /** The line to echo, with its counts. */
  readonly echo: Buffer;
}

interface CommitterOptions {
  readonly writer: DestinationWriter;
  readonly output: MessageWriter;
  readonly clock: Clock;
  /** How many records are covered now. */
  readonly counts: () => ReadonlyMap<StreamDescriptor, StreamCounts>;
  /** Called when a commit fails while nobody awaits it. `check` then throws the error. */
  readonly onFailure: () => void;
}

/**
 * Decides when to commit, and echoes each state once, in order, after the commit that contains it (invariant 2). Only
 * one commit runs at a time, and input is read meanwhile.
 */
export class Committer {
  readonly #writer: DestinationWriter;
  readonly #output: MessageWriter;
  readonly #clock: Clock;
  readonly #onFailure: () => void;
  readonly #counts: () => ReadonlyMap<StreamDescriptor, StreamCounts>;
  #pending: PendingState[] = [];
  #bytes = 0;
  #running: Promise<void> | undefined;
  #timer: AbortController | undefined;
  #failure: { error: unknown } | undefined;

  constructor({ writer, output, clock, counts, onFailure }: CommitterOptions) {
    this.#writer = writer;
    this.#output = output;
    this.#clock = clock;
    this.#counts = counts;
    this.#onFailure = onFailure;
  }

  /** Counts input since the last commit. */
  received(bytes: number): void {
    this.#bytes += bytes;
  }

  add(state: PendingState): void {
    this.#pending.push(state);
    this.#bytes += state.echo.length;
    this.#timer ??= this.#wakeIn(this.#writer.policy.seconds * 1000);
  }

  /** Commits if enough input has come. Returns a promise to await if the previous commit is still running. */
  ready(): Promise<void> | undefined {
    this.check();
    if (this.#pending.length === 0 || this.#bytes < this.#writer.policy.bytes) return undefined;
    if (this.#running) return this.#running.then(() => this.#begin());
    this.#begin();
    return undefined;
  }

  /** Throws the error of a failed commit. */
  check(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Commits everything that is covered, with or without states. Called at the end of the input. */
  async finish(): Promise<void> {
    await this.#running;
    this.check();
    this.#begin();
    await this.#running;
    this.check();
  }

  /** Resolves when no commit is running, whether it failed or not. */
  async quiet(): Promise<void> {
    this.#timer?.abort();
    await this.#running;
  }

  #begin(): void {
    if (this.#running || this.#failure) return;
    this.#timer?.abort();
    this.#timer = undefined;
    const states = this.#pending;
    this.#pending = [];
    this.#bytes = 0;
    this.#running = this.#commit(states)
      .catch((error: unknown) => {
        this.#failure = { error };
        this.#onFailure();
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  async #commit(states: readonly PendingState[]): Promise<void> {
    await this.#writer.commit(lastOfEach(states.map(({ commit }) => commit)), this.#counts());
    for (const { echo } of states) this.#output.line(echo);
    await this.#output.ready();
  }

  /** Commits `commit_seconds` after the first waiting state, even if no input comes. */
  #wakeIn(ms: number): AbortController {
    const timer = new AbortController();
    const due = async (): Promise<void> => {
      await this.#clock.sleep(ms, timer.signal);
      await this.#running;
      if (!timer.signal.aborted) this.#begin();
    };
    due().catch((error: unknown) => {
      if (timer.signal.aborted) return;
      this.#failure ??= { error };
      this.#onFailure();
    });
    return timer;
  }
}

/** Only the last state of each stream is stored. Their order is kept. */
function lastOfEach(states: readonly StateToCommit[]): StateToCommit[] {
  const last = new Map<string, StateToCommit>();
  for (const state of states) {
    const key = state.stream ? streamKey(state.stream) : state.kind;
    last.delete(key);
    last.set(key, state);
  }
  return [...last.values()];
}
