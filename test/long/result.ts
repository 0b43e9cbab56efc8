/** What a marathon came to: trials that held, and trials that did not. */
export interface Result {
  passed: number;
  failed: number;
}

/** Counts one trial and says what was found. */
export function judge(result: Result, isFine: boolean, found: string): void {
  if (isFine) result.passed++;
  else result.failed++;
  process.stdout.write(`${isFine ? '' : '✗ '}${found}\n`);
}
