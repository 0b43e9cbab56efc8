import type { Page } from '../../protocol/page.ts';

/**
 * Leaves only those rows in a page for which `keep` says so, in their order; asked once a row. For a `read`
 * whose vendor answers with more than was asked for; to be called before the page is yielded.
 */
export function keepRows(page: Page, keep: (row: number) => boolean): void {
  const { stride } = page.selection;
  // Asked first: a row that has moved is another row.
  const kept = Array.from({ length: page.count }, (_, row) => row).filter(keep);
  for (const [to, row] of kept.entries())
    if (to !== row) page.rows.copyWithin(to * stride, row * stride, (row + 1) * stride);
  page.count = kept.length;
}
