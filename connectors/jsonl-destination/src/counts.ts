import type { StreamCounts } from '@headrace/sdk';
import type { StreamDescriptor } from '@headrace/sdk/protocol';
import type { Journal } from './journal.ts';
import { keyOf } from './stream-place.ts';

interface More extends StreamCounts {
  readonly stream: StreamDescriptor;
}

/** What became of each stream's records, as far as the journal has it: commits add what is new (invariant 5). */
export class Tallies {
  readonly #known = new Map<StreamDescriptor, StreamCounts>();

  /** What these counts have more than those that were asked for before. */
  more(counts: ReadonlyMap<StreamDescriptor, StreamCounts>): More[] {
    const out: More[] = [];
    for (const [stream, now] of counts) {
      const before = this.#known.get(stream) ?? { stored: 0, quarantined: 0, rolledBack: 0 };
      this.#known.set(stream, now);
      const more = {
        stream,
        stored: now.stored - before.stored,
        quarantined: now.quarantined - before.quarantined,
        rolledBack: now.rolledBack - before.rolledBack,
      };
      if (more.stored + more.quarantined + more.rolledBack > 0) out.push(more);
    }
    return out;
  }

  /** Adds them to the run's; a run id used again counts on. Called in the commit's transaction. */
  put(journal: Journal, source: string, runId: string, all: readonly More[], now: number): void {
    for (const { stream: descriptor, stored, quarantined, rolledBack } of all) {
      const { namespace, stream } = keyOf(source, descriptor);
      journal.run(
        `insert into counts (source, run_id, namespace, stream, stored, quarantined, rolled_back, updated_at)
         values (?, ?, ?, ?, ?, ?, ?, ?)
         on conflict do update set stored = stored + excluded.stored,
           quarantined = quarantined + excluded.quarantined, rolled_back = rolled_back + excluded.rolled_back,
           updated_at = excluded.updated_at`,
        source,
        runId,
        namespace,
        stream,
        stored,
        quarantined,
        rolledBack,
        now,
      );
    }
  }
}
