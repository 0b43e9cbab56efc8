import type { StateToCommit } from '../../protocol/state-line.ts';
import { conclude } from '../copies/conclude.ts';
import { type Copy, type CopyChanges, type Move, NO_CHANGES, withChanged } from '../copies/copy.ts';
import { sameStream } from '../names/names.ts';
import type { Committed, KnownStream } from '../store/committed.ts';
import type { Commit, CountedStream } from '../store/store.ts';
import type { Openings, OpenStream, RecordHalf, Run } from './record-log.ts';

export const NO_OPENINGS: Openings = { ...NO_CHANGES, streams: [] };

/** A stream's part in a commit. */
interface Written<Part> {
  readonly stream: OpenStream;
  readonly parts: readonly Part[];
  /** Whether this is the run's first commit to the copy. */
  readonly isFirst: boolean;
}

/** A stream that is complete. */
interface EndedStream {
  readonly stream: OpenStream;
  readonly how: 'said' | 'ended';
  /** The run's last state, including this commit. */
  readonly state: string | undefined;
}

/** Everything for a commit. */
export interface CommitInput<Part> {
  readonly run: Run;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** With the changes from opening streams. */
  readonly committed: Committed;
  /** Changes that are not in the store yet. */
  readonly openings: Openings;
  readonly states: readonly StateToCommit[];
  readonly counts: readonly CountedStream[];
  readonly written: ReadonlyArray<Written<Part>>;
  readonly ended: readonly EndedStream[];
}

/**
 * What a commit changes, in order: copies given up when streams were opened, then records, then the results of complete
 * streams. Undefined if there is nothing to commit.
 */
export function planCommit<Part>(
  half: Pick<RecordHalf<Part>, 'move' | 'dedup' | 'concludesLater'>,
  input: CommitInput<Part>,
): Commit<Part> | undefined {
  const { run, now, committed, openings, states, counts, written, ended } = input;
  if (states.length + counts.length + written.length + ended.length === 0) return undefined;
  const plan = new Plan(half, committed, openings);
  for (const one of written) plan.write(one);
  for (const one of ended) plan.end(one);
  return {
    owner: run.owner,
    runId: run.runId,
    now,
    from: committed.number,
    number: committed.number + 1,
    states,
    forget: [],
    counts,
    ...plan.changes(),
  };
}

class Plan<Part> {
  readonly #half: Pick<RecordHalf<Part>, 'move' | 'dedup' | 'concludesLater'>;
  #all: readonly Copy[];
  #copies: readonly Copy[];
  #streams: readonly KnownStream[];
  readonly #parts: Part[] = [];

  constructor(
    half: Pick<RecordHalf<Part>, 'move' | 'dedup' | 'concludesLater'>,
    { copies }: Committed,
    openings: Openings,
  ) {
    this.#half = half;
    this.#all = copies;
    this.#copies = openings.copies;
    this.#streams = openings.streams;
    this.#move(openings.moves);
  }

  write({ stream, parts, isFirst }: Written<Part>): void {
    const { asked, known, rekeyed } = stream;
    this.#parts.push(...parts);
    const copy = this.#now(stream);
    if (isFirst) this.#change({ copies: [{ ...copy, runs: copy.runs + 1 }], moves: [] });
    if (!known) return;
    if (asked?.destinationSyncMode !== 'append_dedup') {
      if (this.#half.dedup) this.#know({ ...known, dedupDue: true });
    } else if (this.#half.dedup) {
      const all = known.dedupDue || rekeyed;
      this.#parts.push(this.#half.dedup({ stream, by: 'key', byCursor: true, all }));
      this.#know({ ...known, dedupDue: false });
    } else this.#know({ ...known, dedupDue: true });
  }

  end({ stream, how, state }: EndedStream): void {
    const copy = this.#now(stream);
    const later = this.#half.concludesLater?.(copy) ?? false;
    const changes = conclude(this.#all, { copy, asked: stream.asked, how, state, later });
    const completes = changes.copies.some(({ id, status }) => id === copy.id && status === 'complete');
    // Several runs may have brought the same records.
    if (this.#half.dedup && copy.replaces && completes && copy.runs > 1) {
      const by = stream.known?.primaryKey ? 'key' : 'bytes';
      this.#parts.push(this.#half.dedup({ stream, by, byCursor: false, all: true }));
    }
    this.#change(changes);
  }

  changes(): Pick<Commit<Part>, 'streams' | 'copies' | 'parts'> {
    return { streams: this.#streams, copies: withChanged([], this.#copies), parts: this.#parts };
  }

  #now({ copy }: OpenStream): Copy {
    return this.#all.find(({ id }) => id === copy.id) ?? copy;
  }

  #change({ copies, moves }: CopyChanges): void {
    this.#all = withChanged(this.#all, copies);
    this.#copies = [...this.#copies, ...copies];
    this.#move(moves);
  }

  #move(moves: readonly Move[]): void {
    for (const move of moves) this.#parts.push(this.#half.move(move));
  }

  #know(known: KnownStream): void {
    this.#streams = [...this.#streams.filter(({ key }) => !sameStream(key, known.key)), known];
  }
}
