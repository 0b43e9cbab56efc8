import { isShortList, type ShortListError } from '../http/index.ts';

/** A list that was gathered: see `gathered`. */
export interface Gathered<T> {
  readonly items: T[];
  /** The list ended short of its total. */
  readonly short: ShortListError | undefined;
}

/**
 * Collects a list that is needed as a whole (the projects that an account sees), also one that ends short of its
 * total: what came is good, and what it lacks has to be told by whoever goes by it (`Listing.failed`). Any other
 * failure of the list is thrown.
 */
export async function gathered<T>(list: AsyncIterable<T>): Promise<Gathered<T>> {
  const items: T[] = [];
  try {
    for await (const item of list) items.push(item);
  } catch (error) {
    if (!isShortList(error)) throw error;
    return { items, short: error };
  }
  return { items, short: undefined };
}
