import type { Buffer } from 'node:buffer';
import type { MessageWriter } from '../protocol/message-writer.ts';
import { type StreamDescriptor, streamKey } from '../protocol/messages.ts';
import type { StateToCommit } from '../protocol/state-line.ts';
import type { Clock } from '../runtime/clock.ts';
import type { DestinationWriter, StreamCounts } from './writer.ts';

interface PendingState {
  readonly commit: StateToCommit;
  /** The line to echo, counts and all. */
  readonly echo: Buffer;
}

interface CommitterOptions {
  readonly writer: DestinationWriter;
  readonly output: MessageWriter;
  readonly clock: Clock;
  /** How many records are covered at this moment. */
  readonly counts: () => ReadonlyMap<StreamDescriptor, StreamCounts>;
  /** Called when a commit fails while nobody awaits it; `check` then throws what it was. */
  readonly onFailure: () => void;
}

/**
 * Decides when states are committed, and echoes them: in the order received, once, after the commit that
 * covers them (invariant 2). One commit is on its way at a time; the input goes on meanwhile.
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

  /** Undefined, or a promise to await: enough has come for a commit, and the last one may still be on its way. */
  ready(): Promise<void> | undefined {
    this.check();
    if (this.#pending.length === 0 || this.#bytes < this.#writer.policy.bytes) return undefined;
    if (this.#running) return this.#running.then(() => this.#begin());
    this.#begin();
    return undefined;
  }

  /** Throws what made a commit fail. */
  check(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Commits everything that is covered, with or without states. For the end of the input. */
  async finish(): Promise<void> {
    await this.#running;
    this.check();
    this.#begin();
    await this.#running;
    this.check();
  }

  /** Resolves when no commit is on its way; whether it failed is of no interest any more. */
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

  /** `commit_seconds` after the first waiting state, whether input comes or not. */
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

/** Of many states of one stream only the last one is worth storing; the order is kept. */
function lastOfEach(states: readonly StateToCommit[]): StateToCommit[] {
  const last = new Map<string, StateToCommit>();
  for (const state of states) {
    const key = state.stream ? streamKey(state.stream) : state.kind;
    last.delete(key);
    last.set(key, state);
  }
  return [...last.values()];
}
