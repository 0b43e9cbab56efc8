import { isShortList, type ShortListError } from '../http/index.ts';

/** A collected list; see `gathered`. */
export interface Gathered<T> {
  readonly items: T[];
  /** Set if the list ended short of its total. */
  readonly short: ShortListError | undefined;
}

/**
 * Collects a list that is needed completely (the projects that an account sees). If it ends short of its total, what came
 * is valid, and the caller must report `short` (`Listing.failed`). Any other error is thrown.
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
