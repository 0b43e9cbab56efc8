import { isHeadraceError } from '../../errors.ts';
import type { Commit, Store } from '../store/store.ts';

/**
 * Has a store make a commit, and finds out what became of it if nobody can say: an answer may be lost on its way. The
 * number and the run that the store has then tell.
 * @throws what the store threw, if the commit did not go through
 */
export async function transact<Part>(store: Store<Part>, commit: Commit<Part>): Promise<void> {
  try {
    await store.transaction(commit);
  } catch (error) {
    const isRefused = isHeadraceError(error) && error.code === 'destination.state_commit';
    if (isRefused || commit.number === commit.from || !(await wentThrough(store, commit))) throw error;
  }
}

async function wentThrough<Part>(
  store: Store<Part>,
  { owner, number, runId }: Commit<Part>,
): Promise<boolean> {
  try {
    const now = await store.load(owner);
    return now.number === number && now.lastRun === runId;
  } catch {
    // Still out of reach: what the transaction threw says why. The next run reads the number.
    return false;
  }
}
