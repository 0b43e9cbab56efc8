import type { Partition } from './define.ts';

/**
 * A stream's partitions as they come, until nobody wants more; each once: a list that moves while it is read
 * may show one again.
 */
export async function* eachPartition(
  found: Promise<readonly Partition[]> | AsyncIterable<Partition>,
  isOver: () => boolean,
): AsyncGenerator<Partition> {
  const seen = new Set<string>();
  // Of a promise the whole list, of a generator what it has: both at one go.
  for await (const partition of Symbol.asyncIterator in found ? found : await found) {
    if (isOver()) return;
    if (seen.has(partition.key)) continue;
    seen.add(partition.key);
    yield partition;
  }
}
