/** Servers that show a window of a list have it end at such a number: 50, 100, 1,000 … */
const STEP = 50;

/**
 * Whether a list of so many rows may be the window that a server shows of a longer one: a multiple of 50, or of the
 * page size if that is no smaller. Of Jira's `/user/search` it is 100 or 1,000 by configuration (JRASERVER-78660).
 */
export function isRound(rows: number, size: number): boolean {
  return rows > 0 && (rows % STEP === 0 || (size >= STEP && rows % size === 0));
}
