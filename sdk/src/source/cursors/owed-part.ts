import { Page } from '../../protocol/page.ts';
import type { ScanPart } from '../cursor.ts';
import { pagesByIds } from '../halved.ts';
import type { OpenWindows } from './open-windows.ts';
import type { OwedIds } from './owed-ids.ts';
import { listedIds } from './reconcile.ts';
import { isUnchanged } from './sent.ts';
import type { TimeRange } from './split-window.ts';
import type { TimeWindowOptions } from './time-window.ts';
import { windowRows } from './window-rows.ts';

const EVERYTHING: TimeRange = { since: undefined, until: undefined };

/**
 * The part of a scan that asks again for what earlier runs could not read. What comes is owed no more, and neither is
 * what is gone: neither brought nor, if ids can be listed, among them.
 */
export function owedPart(
  options: TimeWindowOptions,
  fetch: (ids: readonly string[]) => AsyncIterable<Page>,
  owed: OwedIds,
  scan: Pick<OpenWindows, 'shelf' | 'remember'>,
): ScanPart<TimeRange> {
  const { reconcile, key, value } = options;
  const most = reconcile?.batch ?? 100;
  /** What was asked for and neither came nor was said to be unreadable. */
  const missing = new Set(owed.all);

  async function* pages(): AsyncGenerator<Page> {
    for await (const page of pagesByIds(owed.all, fetch, { most })) {
      // Asked for alone it is not found: gone, as what is left out.
      if (page.unreadable.length > 0 && page.because?.status === 404) continue;
      for (let row = 0; row < page.count; row++) missing.delete(page.id(row, key) ?? '');
      for (const id of page.unreadable) missing.delete(id);
      yield page;
    }
    if (missing.size === 0 || !reconcile) return;
    const there = new Set<string>();
    for await (const listed of listedIds(reconcile, key, EVERYTHING))
      for (const id of listed) if (missing.delete(id)) there.add(id);
    if (there.size > 0) yield Page.unreadable([...there]);
  }

  return {
    from: EVERYTHING,
    pages,
    fresh(page) {
      const rows = windowRows(page, key, value);
      return Uint8Array.from(rows.keys, (id, row) => {
        const time = rows.times[row]!;
        return isUnchanged(scan.shelf(time)?.get(id), time, () => rows.hash(row)) ? 0 : 1;
      });
    },
    // They are owed already.
    owe() {},
    advance: (page) => scan.remember(windowRows(page, key, value)),
    finish() {
      for (const id of missing) owed.settle(id);
    },
  };
}
