import { DataError } from '../../errors.ts';

/** The error for a partition's state that is not the cursor's. @param why `is not a time window` */
export function foreignState(why: string): DataError {
  return new DataError(`a partition of the state ${why}`, {
    code: 'state.invalid',
    hint: 'reset the state of this stream',
  });
}

/** A list of ids in a partition's state; absent: none. @throws DataError (`state.invalid`) for anything else */
export function savedIds(saved: unknown, why = 'is not a list of owed ids'): string[] {
  if (saved === undefined) return [];
  if (Array.isArray(saved) && saved.every((id) => typeof id === 'string')) return saved as string[];
  throw foreignState(why);
}
