import type { JsonObject } from '../../protocol/messages.ts';
import type { Scan, ScanPart } from '../cursor.ts';

/**
 * A scan whose state says more once all of it was read. What is owed (`ScanPart.owe`) keeps it from being whole.
 * @param more members of the state of a whole scan
 * @param before members of the state until then
 */
export function whenWhole<From>(scan: Scan<From>, more: JsonObject, before: JsonObject = {}): Scan<From> {
  // Without a part, nothing would ever be said.
  const parts = scan.parts.length > 0 ? scan.parts : [nothing<From>()];
  const unfinished = new Set(parts);
  const owing = new Set<ScanPart<From>>();
  const watched = (part: ScanPart<From>): ScanPart<From> => ({
    ...part,
    get from() {
      return part.from;
    },
    owe:
      part.owe &&
      ((...owed) => {
        owing.add(part);
        part.owe!(...owed);
      }),
    finish() {
      part.finish();
      if (!owing.has(part) && part.leaves?.() !== true) unfinished.delete(part);
    },
  });
  return {
    ...scan,
    parts: parts.map(watched),
    state: () => ({ ...scan.state(), ...(unfinished.size === 0 ? more : before) }),
  };
}

/** A part that asks for nothing. */
const nothing = <From>(): ScanPart<From> => ({
  from: undefined as From,
  pages: async function* () {},
  fresh: () => undefined,
  advance() {},
  finish() {},
});
