import type { ApiRequest, HttpClient, Select } from '@headrace/sdk';
import { Selection } from '@headrace/sdk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedWorklogs } from './changes.ts';

const select: Select<'worklogId' | 'updatedTime'> = (records, fields) =>
  new Selection({ records, fields, record: { worklogId: 'worklogId', updatedTime: 'updatedTime' } });

interface Vendor {
  /** Worklogs by id: when they were changed. */
  readonly times: Map<number, number>;
  readonly size: number;
  readonly isIncluded: boolean;
  /** Called before each answer: worklogs are edited meanwhile. */
  readonly between: () => void;
}

/** A vendor that lists what was changed since an instant, which is included or not. */
function client({ times, size, isIncluded, between }: Vendor): Pick<HttpClient, 'page'> {
  return {
    page: async <F extends string, R extends string>(request: ApiRequest, selection: Selection<F, R>) => {
      between();
      const since = Number(request.query!.since);
      const rows = [...times]
        .filter(([, at]) => at > since || (isIncluded && at === since))
        .sort(([a, x], [b, y]) => x - y || a - b)
        .map(([worklogId, updatedTime]) => ({ worklogId, updatedTime }));
      const answer = { values: rows.slice(0, size), lastPage: rows.length <= size };
      return selection.scan(Buffer.from(JSON.stringify(answer)));
    },
  };
}

async function read(http: Pick<HttpClient, 'page'>, since: number): Promise<[number, number][]> {
  const found: [number, number][] = [];
  for await (const page of changedWorklogs(http, '/worklog/updated', since, select)) {
    for (let row = 0; row < page.count; row++)
      found.push([Number(page.value(row, 'worklogId')), page.instant(row, 'updatedTime')]);
  }
  return found;
}

describe('changed worklogs', () => {
  it('are all brought, in order and once, whether since is included or not, while worklogs are edited', async () => {
    const world = fc.record({
      times: fc.array(fc.integer({ min: 1000, max: 1030 }), { maxLength: 60 }),
      size: fc.integer({ min: 2, max: 9 }),
      isIncluded: fc.boolean(),
      edits: fc.array(fc.option(fc.nat(60), { nil: undefined }), { maxLength: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(world, async ({ times, size, isIncluded, edits }) => {
        const vendor = new Map(times.map((at, k) => [k + 1, at]));
        const before = new Map(vendor);
        let now = 2000;
        let asked = 0;
        const between = () => {
          const id = edits[asked++];
          now += 10;
          if (id !== undefined && vendor.has(id)) vendor.set(id, now);
        };
        const count = (instants: readonly number[]) => times.filter((at) => instants.includes(at)).length;
        const isCrowded = times.some((at) => count([at]) >= size);
        const isTight = times.some((at) => count([at, at + 1]) >= size);
        let found: [number, number][];
        try {
          found = await read(
            client({ times: vendor, size, isIncluded, between }),
            1000 - (isIncluded ? 0 : 1),
          );
        } catch (error) {
          // Only where one instant fills a page there may be no way on; or two do, and the last one went away.
          expect(isCrowded || (isTight && asked > 0 && edits.some((id) => id !== undefined))).toBe(true);
          expect(error).toMatchObject({ code: 'jira.worklogs_at_once' });
          return;
        }
        const instants = found.map(([, at]) => at);
        expect(instants).toEqual([...instants].sort((a, b) => a - b));
        expect(new Set(found.map((pair) => pair.join())).size).toBe(found.length);
        for (const [id, at] of before) if (vendor.get(id) === at) expect(found).toContainEqual([id, at]);
      }),
      { numRuns: 600 },
    );
  });

  it('that share one instant and fill more than a page are said, not passed over', async () => {
    const times = new Map([1, 2, 3, 4].map((id) => [id, 5000]));
    for (const isIncluded of [true, false]) {
      const http = client({ times, size: 3, isIncluded, between: () => {} });
      await expect(read(http, 0)).rejects.toMatchObject({
        code: 'jira.worklogs_at_once',
        message: expect.stringContaining('1970-01-01T00:00:05.000Z'),
      });
    }
  });

  it('of two neighbouring instants that fill a page are brought where since is included', async () => {
    const times = new Map([1, 2, 3, 4, 5].map((id) => [id, id < 3 ? 4999 : 5000]));
    const http = client({ times, size: 4, isIncluded: true, between: () => {} });
    expect((await read(http, 0)).map(([id]) => id)).toEqual([1, 2, 3, 4, 5]);
  });

  it('without a time are refused', async () => {
    const broken: Pick<HttpClient, 'page'> = {
      page: async (_, selection) =>
        selection.scan(Buffer.from('{"values":[{"worklogId":1,"updatedTime":null}],"lastPage":true}')),
    };
    await expect(read(broken, 0)).rejects.toMatchObject({ code: 'jira.worklog_time' });
  });
});
