/** Servers that show only a window of a list cut it at multiples of this: 50, 100, 1,000 … */
const STEP = 50;

/**
 * Whether a list with this many rows may be only a window of a longer list: a multiple of 50, or of the page size
 * if that is larger. For Jira's `/user/search`, the window is 100 or 1,000, depending on its configuration
 * (JRASERVER-78660).
 */
export function isRound(rows: number, size: number): boolean {
  return rows > 0 && (rows % STEP === 0 || (size >= STEP && rows % size === 0));
}
