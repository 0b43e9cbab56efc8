import type { StreamDescriptor } from '../../protocol/messages.ts';
import { keyOf } from '../names/names.ts';
import type { CountedStream } from '../store/store.ts';
import type { StreamCounts } from '../writer.ts';

/** The counts of each stream that a store already has, so that a commit adds only what is new (invariant 5). */
export class MoreCounts {
  readonly #told = new Map<StreamDescriptor, StreamCounts>();

  /** How much these counts exceed those before. */
  since(source: string, counts: ReadonlyMap<StreamDescriptor, StreamCounts>): CountedStream[] {
    const more: CountedStream[] = [];
    for (const [stream, now] of counts) {
      const before = this.#told.get(stream) ?? { stored: 0, quarantined: 0, rolledBack: 0 };
      this.#told.set(stream, now);
      const counted = {
        key: keyOf(source, stream),
        stored: now.stored - before.stored,
        quarantined: now.quarantined - before.quarantined,
        rolledBack: now.rolledBack - before.rolledBack,
      };
      if (counted.stored + counted.quarantined + counted.rolledBack > 0) more.push(counted);
    }
    return more;
  }
}
