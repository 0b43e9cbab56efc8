import type { Page } from '../../protocol/page.ts';

/**
 * Keeps only the rows of a page for which `keep` returns true, in order; it is called once per row. For a vendor
 * that returns more than was asked for. Call this in `read`, before the page is yielded.
 */
export function keepRows(page: Page, keep: (row: number) => boolean): void {
  const { stride } = page.selection;
  // Call `keep` for all rows first, because moving a row changes its index.
  const kept = Array.from({ length: page.count }, (_, row) => row).filter(keep);
  for (const [to, row] of kept.entries())
    if (to !== row) page.rows.copyWithin(to * stride, row * stride, (row + 1) * stride);
  if (page.mended.size > 0)
    page.mended = new Set(kept.flatMap((row, to) => (page.mended.has(row) ? [to] : [])));
  page.count = kept.length;
}
