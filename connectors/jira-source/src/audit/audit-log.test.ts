import { type JiraSandbox, startJira } from '@headrace/sandbox';
import { type Select, Selection } from '@headrace/sdk';
import { type TestContext, testContext } from '@headrace/sdk/testing';
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { jiraApi } from '../api.ts';
import { config } from '../config.ts';
import { auditPages } from './audit-log.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 10, 20, 12, 0, 30);
const select: Select<'id' | 'created'> = (records, fields) =>
  new Selection({ records, fields, record: { id: 'id', created: 'created' } });

let site: { jira: JiraSandbox; context: TestContext } | undefined;
async function stop(): Promise<void> {
  await site?.context.close();
  await site?.jira.close();
  site = undefined;
}
afterEach(stop);

interface Burst {
  readonly at: number;
  readonly count: number;
}

/** What came: the newest minute of each page, which is what a position moves to, and how often each id came. */
interface Read {
  minutes: number[];
  ids: Map<number, number>;
  requests: number;
}

/** Reads a log of `spread` records over the last half year and these bursts. */
async function read(bursts: readonly Burst[], spread: number, since?: number): Promise<Read> {
  await stop();
  const jira = await startJira({ issues: 0, auditRecords: spread, clock: () => NOW });
  const context = testContext();
  site = { jira, context };
  for (const burst of bursts) jira.control.audit(burst);
  const credentials = { auth_type: 'api_token', email: jira.email, api_token: jira.apiToken };
  const api = await jiraApi(config.parse({ base_url: jira.url, credentials }), context);
  const minutes: number[] = [];
  const ids = new Map<number, number>();
  for await (const page of auditPages(api, { since, until: undefined }, select)) {
    const rows = Array.from({ length: page.count }, (_, row) => row);
    for (const row of rows) {
      const id = page.value(row, 'id') as number;
      ids.set(id, (ids.get(id) ?? 0) + 1);
    }
    minutes.push(Math.floor(Math.max(...rows.map((row) => page.instant(row, 'created'))) / MINUTE));
  }
  const { requests } = jira.stats().routes['GET /rest/api/3/auditing/record']!;
  return { minutes, ids, requests };
}

it('asks once where one answer holds everything, and for the range only', async () => {
  const bursts = [{ at: NOW - 5 * MINUTE, count: 7 }];
  const all = await read(bursts, 300);
  expect([all.ids.size, all.requests]).toEqual([307, 1]);
  expect((await read(bursts, 300, NOW - 10 * MINUTE)).ids.size).toBe(7);
});

it('brings every record in the order of minutes, wherever they crowd', async () => {
  const burst = fc.record({
    at: fc.oneof(
      fc.integer({ min: NOW - 3 * MINUTE, max: NOW }),
      fc.integer({ min: Date.UTC(2019, 0), max: NOW }),
      // Where minutes meet, and in the middle of the minutes beside it.
      fc.constantFrom(NOW - 150_000, NOW - 180_000, NOW - 120_000),
    ),
    count: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 900, max: 2300 })),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(burst, { maxLength: 4 }), fc.nat(2500), async (bursts, spread) => {
      const { minutes, ids } = await read(bursts, spread);
      expect(ids.size).toBe(spread + bursts.reduce((sum, { count }) => sum + count, 0));
      expect(minutes).toEqual([...minutes].sort((a, b) => a - b));
    }),
    { numRuns: 10 },
  );
});

it('reads a long log with little more than one request for a thousand records', async () => {
  const { ids, requests } = await read([], 20_000);
  expect(ids.size).toBe(20_000);
  expect(requests).toBeLessThan(45);
});
