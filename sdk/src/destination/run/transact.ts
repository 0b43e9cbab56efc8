import { isHeadraceError } from '../../errors.ts';
import type { Commit, Store } from '../store/store.ts';

/**
 * Makes a commit. If the store throws, the answer may have been lost on its way, so the store's number and run are read
 * to find out whether it was committed.
 * @throws what the store threw, if it was not
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
    // Still unreachable: the transaction's error says why. The next run reads the number.
    return false;
  }
}
