import { describe, expect, it } from 'vitest';
import { TransientError } from '../errors.ts';
import type { JsonObject } from '../protocol/messages.ts';
import { Page } from '../protocol/page.ts';
import { childrenOf } from './children-of.ts';
import { timeWindow } from './cursors/time-window.ts';
import type { Listing, Partition } from './define.ts';
import { errorsIn, rows, run, stream, told } from './read.test-support.ts';
import { defineScan } from './scan/define.ts';
import { sharedList } from './shared-list.ts';

const soon = (ms: number) => new Promise((done) => setTimeout(done, ms));
const down = (what: string) => new TransientError(`${what} is down`, { code: 'http.failed', status: 500 });

/** Children 10·n and 10·n+1 of parent n, each a page of its own; parent 2 fails behind its first. */
async function* list(parent: number): AsyncGenerator<Partition> {
  yield { key: String(10 * parent) };
  await soon(1);
  if (parent === 2) throw down('parent');
  yield { key: String(10 * parent + 1) };
}

async function* from<T>(items: readonly T[], failure?: Error): AsyncGenerator<T> {
  yield* items;
  if (failure) throw failure;
}

async function collect(children: AsyncIterable<Partition>): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of children) keys.push(key);
  return keys.sort();
}

describe('children of parents', () => {
  const name = (parent: number): string => `parent ${parent}`;

  it('are found side by side; a parent that fails is told, and the others go on', async () => {
    const failures: string[] = [];
    const failed = (where: string, error: unknown) => void failures.push(`${where}: ${String(error)}`);
    expect(await collect(childrenOf([1, 2, 3], { list, name, failed, most: 2 }))).toEqual([
      '10',
      '11',
      '20',
      '30',
      '31',
    ]);
    expect(failures).toEqual(['parent 2: TransientError: parent is down']);
  });

  it('come before the failure of the list of parents', async () => {
    const keys: string[] = [];
    const read = async () => {
      const children = childrenOf(from([1, 3], down('the list')), { list, name, failed: () => {} });
      for await (const { key } of children) keys.push(key);
    };
    await expect(read()).rejects.toThrow('the list is down');
    expect(keys.sort()).toEqual(['10', '11', '30', '31']);
  });

  it('are looked for no further than somebody wants them, and as they are taken', async () => {
    const begun: number[] = [];
    let open = 0;
    const watched = async function* (parent: number) {
      begun.push(parent);
      open++;
      try {
        for (let k = 0; k < 100; k++) yield { key: `${parent}-${k}` };
      } finally {
        open--;
      }
    };
    const children = childrenOf(from(Array.from({ length: 50 }, (_, k) => k)), {
      list: watched,
      name,
      failed: () => {},
      most: 3,
    });
    for await (const { key } of children) {
      await soon(2);
      if (key.endsWith('-2')) break;
    }
    await soon(2);
    expect([begun, open]).toEqual([[0, 1, 2], 0]);
  });

  it('of a list that several read are asked for once, and each hears of its failure', async () => {
    let asked = 0;
    const shared = sharedList(
      (async function* () {
        for (const n of [1, 3]) {
          asked++;
          yield n;
        }
        throw down('the list');
      })(),
    );
    const read = async () => {
      const seen: number[] = [];
      try {
        for await (const n of shared) seen.push(n);
      } catch (error) {
        return [...seen, String(error)];
      }
      return seen;
    };
    const whole = [1, 3, 'TransientError: the list is down'];
    expect(await Promise.all([read(), read()])).toEqual([whole, whole]);
    expect(await read()).toEqual(whole);
    expect(asked).toBe(2);
  });
});

describe('a stream whose parent cannot be looked into', () => {
  const saved = { 21: { position: '2026-05-01T07:00:00.000Z', seen: {} } };
  const states = new Map<string, JsonObject>(
    ['items', 'scanned'].map((name) => [name, { version: 1, origin: 'test.example', partitions: saved }]),
  );
  const partitions = (_: object, listing: Listing) =>
    childrenOf([1, 2, 3], { list, name: (parent) => `parent ${parent}`, ...listing });
  const updated = '2026-05-01T08:00:00.000Z';
  const page = (partition: Partition) =>
    Page.of([{ id: Number(partition.key), updated }], { id: 'id', updated: 'updated' });
  const items = stream('items', {
    cursorField: 'updated',
    record: { id: 'id', updated: 'updated' } as never,
    cursor: () => timeWindow({ key: 'id', value: 'updated', safetyMinutes: 30 }) as never,
    partitions: (api, known, listing) => {
      expect(known).toEqual(saved);
      return partitions(api, listing);
    },
    read: async function* ({ partition }) {
      yield page(partition) as unknown as Page;
    },
  });
  const scanned = defineScan<object>()({
    name: 'scanned',
    record: { id: 'id', updated: 'updated' },
    key: 'id',
    value: 'updated',
    partitions,
    window: () => ({ safetyMinutes: 30 }),
    read: async function* ({ partition }) {
      yield page(partition) as unknown as Page;
    },
    fetch: async function* () {},
  }).records({
    name: 'scanned',
    description: 'test',
    schema: { properties: {} },
    primaryKey: ['id'],
    cursorField: 'updated',
  });

  for (const one of [items, scanned]) {
    it(`reads what the others have, names it and keeps its states (${one.name})`, async () => {
      const { messages, outcomes, states: after } = await run([one], { states });
      expect(
        told(messages)
          .filter((line) => /:\d/.test(line))
          .sort(),
      ).toEqual(['10', '11', '20', '30', '31'].map((id) => `${one.name}:${id}`));
      expect(told(messages).at(-1)).toBe(`${one.name}:INCOMPLETE`);
      expect(outcomes[0]!.errors).toMatchObject([{ code: 'http.failed' }]);
      expect(errorsIn(messages)).toEqual([`${one.name} (parent 2): parent is down`]);
      const { partitions: kept } = after.get(one.name) as { partitions: Record<string, JsonObject> };
      expect(kept).toMatchObject({ ...saved, 10: { seen: {} }, 31: { seen: {} } });
    });
  }

  it('reads a full refresh on from there by the next run', async () => {
    let isDown = true;
    const read: string[] = [];
    const children = stream('children', {
      partitions: (_, __, listing) =>
        childrenOf([1, 2], {
          list: (parent) => (isDown ? list(parent) : from([{ key: '20' }, { key: '21' }])),
          name: (parent) => `parent ${parent}`,
          ...listing,
        }),
      read: async function* ({ partition }) {
        read.push(partition.key);
        yield rows(Number(partition.key));
      },
    });
    const first = await run([children]);
    expect(Object.keys((first.states.get('children') as { partitions: object }).partitions)).toHaveLength(3);
    isDown = false;
    const second = await run([children], { states: first.states });
    expect([read.sort(), second.outcomes[0]!.complete]).toEqual([['10', '11', '20', '21'], true]);
    expect(second.states.get('children')).toMatchObject({ partitions: {} });
  });
});
