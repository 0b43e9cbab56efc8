/**
 * Issues ordered by (updated, place), for search. Entries are only added. Readers skip entries whose issue has
 * changed since; a sweep removes them once they make up half of the index.
 */
export interface UpdatedIndex {
  count: number;
  /** Places of issues. */
  place: Uint32Array;
  /** The `updated` that each entry stands for. */
  at: Float64Array;
}

/** Sorts the places by their `updated`; ties by place. */
export function indexOf(places: Uint32Array, updated: Float64Array): UpdatedIndex {
  const place = places.slice().sort((a, b) => updated[a]! - updated[b]! || a - b);
  const at = new Float64Array(place.length);
  for (let i = 0; i < place.length; i++) at[i] = updated[place[i]!]!;
  return { count: place.length, place, at };
}

/** Index of the first entry at or after (`at`, `place`). */
export function lowerBound(index: UpdatedIndex, at: number, place: number): number {
  let low = 0;
  let high = index.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    const here = index.at[middle]!;
    if (here < at || (here === at && index.place[middle]! < place)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Inserts an entry in order, usually at the end. Does nothing if the entry exists. */
export function insertEntry(index: UpdatedIndex, at: number, place: number): void {
  const where = lowerBound(index, at, place);
  if (where < index.count && index.at[where] === at && index.place[where] === place) return;
  if (index.count === index.place.length) {
    const capacity = Math.max(64, index.count * 2);
    const larger = { place: new Uint32Array(capacity), at: new Float64Array(capacity) };
    larger.place.set(index.place);
    larger.at.set(index.at);
    Object.assign(index, larger);
  }
  index.place.copyWithin(where + 1, where, index.count);
  index.at.copyWithin(where + 1, where, index.count);
  index.place[where] = place;
  index.at[where] = at;
  index.count++;
}

/** Removes the entries for which `alive` returns false. */
export function sweep(index: UpdatedIndex, alive: (place: number, at: number) => boolean): void {
  let kept = 0;
  for (let i = 0; i < index.count; i++) {
    if (!alive(index.place[i]!, index.at[i]!)) continue;
    index.place[kept] = index.place[i]!;
    index.at[kept++] = index.at[i]!;
  }
  index.count = kept;
}
