import { test } from 'vitest';

/** Checks of what the SDK does for each source alike: flags, signals, waits, kills, unknown members. */
const OF_THE_SDK = /^\[(5|8|31|40|43)\]/;
const isLong = process.env.HEADRACE_LONG !== undefined;

/**
 * vitest's `test` for the suite of a source. `npm test` runs all checks for jira-source; for the others it leaves out
 * those that the SDK decides, which start many processes. `npm run test:long` runs all of them for each source.
 */
export const inShort = (name: string, run: () => Promise<void>, timeoutMs?: number): void =>
  (isLong || !OF_THE_SDK.test(name) ? test.concurrent : test.skip)(name, run, timeoutMs);
