import type { JsonlConfig } from './config.ts';
import { completeCopy, growOn, setCopyStatus } from './copies.ts';
import type { Journal } from './journal.ts';
import type { StreamFiles } from './stream-files.ts';
import { whatStateSays } from './wholeness.ts';

type Ended = Pick<StreamFiles, 'asked' | 'copy' | 'whole'>;

/**
 * All of a stream came: decides, in the transaction of the commit that covers its end, what that makes of its copy.
 * @param state the last one of this run; undefined where there was none
 */
export function conclude(
  journal: Journal,
  { asked, copy, whole }: Ended,
  state: string | undefined,
  layout: JsonlConfig['layout'],
): void {
  const says = state === undefined ? 'unknown' : whatStateSays(state);
  if (copy.replaces) {
    // No source said that it was done, and its state says that it was not.
    if (whole === 'ended' && says === 'under way') return;
    // What several runs brought may be there twice; a growing file is still being written.
    if (copy.runs > 1 || layout === 'flat') setCopyStatus(journal, copy.id, 'whole');
    else completeCopy(journal, copy);
    return;
  }
  if (asked?.destinationSyncMode === 'append_dedup') return;
  if (says === 'whole' || (says === 'unknown' && asked?.syncMode === 'full_refresh'))
    completeCopy(journal, copy);
  else if (asked?.syncMode !== 'full_refresh') growOn(journal, copy.key, copy);
}
