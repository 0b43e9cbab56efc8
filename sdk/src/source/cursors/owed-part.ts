import type { Page } from '../../protocol/page.ts';
import type { ScanPart } from '../cursor.ts';
import { pagesByIds } from '../halved.ts';
import type { OpenWindows } from './open-windows.ts';
import type { OwedIds } from './owed-ids.ts';
import { isUnchanged } from './sent.ts';
import type { TimeRange } from './split-window.ts';
import type { TimeWindowOptions } from './time-window.ts';
import { windowRows } from './window-rows.ts';

const EVERYTHING: TimeRange = { since: undefined, until: undefined };

/**
 * The part of a scan that requests again what earlier runs could not read. A record that comes is no longer owed, nor
 * is one that is gone, that is, neither returned nor named as unreadable.
 */
export function owedPart(
  { key, value }: TimeWindowOptions,
  fetch: (ids: readonly string[]) => AsyncIterable<Page>,
  owed: OwedIds,
  scan: Pick<OpenWindows, 'shelf' | 'remember'>,
): ScanPart<TimeRange> {
  const missing = new Set(owed.all);
  /** Set once all of them were requested: a list that fell short says nothing about what is missing. */
  let isWhole = false;

  async function* pages(): AsyncGenerator<Page> {
    for await (const page of pagesByIds(owed.all, fetch)) {
      // 404 for a single record means that it is gone, like one that is left out.
      if (page.unreadable.length > 0 && page.because?.status === 404) continue;
      for (let row = 0; row < page.count; row++) missing.delete(page.id(row, key) ?? '');
      for (const id of page.unreadable) missing.delete(id);
      yield page;
    }
    isWhole = true;
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
      if (isWhole) for (const id of missing) owed.settle(id);
    },
  };
}
