import { floorMinute } from '../../protocol/instant.ts';
import type { WindowStart } from './window.ts';
import type { WindowState } from './window-state.ts';

/**
 * The windows that a scan has to read: those of an interrupted scan, otherwise one open window from the position.
 * @param start where the first scan begins, ms since 1970
 * @param settled begin − safety of the scan
 */
export function windowStarts(
  { begin, from, windows }: WindowState,
  start: number | undefined,
  settled: number,
): WindowStart[] {
  const first = start === undefined ? undefined : floorMinute(start);
  if (begin === undefined) {
    const since = windows[0]!.position ?? first;
    return [{ since, until: undefined, first: since }];
  }
  const starts = windows.map(
    ({ position, until }): WindowStart => ({ since: position, until, first: from ?? first }),
  );
  // The open window was read. Without this, what changed since then would have to wait for the next run.
  if (starts.at(-1)!.until !== undefined) starts.push({ since: settled, until: undefined, first: settled });
  return starts;
}
