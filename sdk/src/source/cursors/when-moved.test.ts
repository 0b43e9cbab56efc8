import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../protocol/messages.ts';
import type { Scan } from '../cursor.ts';
import { pageOf } from './drive.test-support.ts';
import { type HeadsFrom, heads } from './heads.ts';
import { openSet } from './open-set.ts';
import { whenMoved, withReadAt } from './when-moved.ts';

const HOUR = 3_600_000;
const BEGIN = Date.UTC(2026, 0, 10, 12);
const OLD = '2026-01-10T10:59:59.000001+00:00';
const YOUNG = '2026-01-10T11:00:01.000001+00:00';

let asked = 0;
const open = (changed: string | undefined, saved?: JsonObject, current = ['b']): Promise<Scan<HeadsFrom>> =>
  Promise.resolve(
    whenMoved(
      { changed, safetyMinutes: 60 },
      heads({
        hash: 'hash',
        parents: (page, row) => page.value(row, 'parents') as string[],
        current: async () => {
          asked++;
          return current;
        },
      }),
    ).open(saved && JSON.parse(JSON.stringify(saved)), { begin: async () => BEGIN, warn: () => {} }),
  );

/** Reads all parts to their ends, except those that stay. */
function readWhole(scan: Scan<HeadsFrom>, rows: object[] = []): JsonObject {
  for (const part of scan.parts) {
    if (rows.length > 0) {
      const page = pageOf(rows);
      part.fresh(page);
      part.advance(page);
    }
    part.finish();
  }
  return scan.state();
}

describe('whenMoved', () => {
  it('asks for nothing while the instant is the same, and keeps the state', async () => {
    const state = readWhole(await open(OLD), [{ hash: 'b', parents: [] }]);
    expect(state).toEqual({ heads: ['b'], asOf: OLD });
    asked = 0;
    const rested = await open(OLD, state);
    expect(rested.parts).toEqual([]);
    expect(rested.state()).toEqual(state);
    expect(asked).toBe(0);
  });

  it('reads again after any other instant, later or earlier, and after none', async () => {
    const state = readWhole(await open(OLD));
    asked = 0;
    for (const changed of [YOUNG, '2025-01-01T00:00:00Z', undefined]) await open(changed, state);
    expect(asked).toBe(3);
  });

  it('does not rely on an instant within the safety window, or on one that nobody can read', async () => {
    expect(readWhole(await open(YOUNG))).toEqual({ heads: ['b'] });
    expect(readWhole(await open(new Date(BEGIN + HOUR).toISOString()))).toEqual({ heads: ['b'] });
    expect(readWhole(await open('some day'))).toEqual({ heads: ['b'] });
    expect(readWhole(await open(undefined))).toEqual({ heads: ['b'] });
  });

  it('remembers an instant at which there was nothing to read', async () => {
    const state = readWhole(await open(OLD));
    const touched = await open('2026-01-10T10:59:59.5+00:00', state);
    expect(touched.parts).toHaveLength(1);
    expect(await Array.fromAsync(touched.parts[0]!.pages!())).toEqual([]);
    expect(readWhole(touched)).toEqual({ heads: ['b'], asOf: '2026-01-10T10:59:59.5+00:00' });
  });

  it('remembers nothing of a read that did not come to its end, or that owes something', async () => {
    const scan = await open(OLD, undefined, ['b', 'c']);
    expect(scan.state()).not.toHaveProperty('asOf');
    const owing = await open(OLD);
    owing.parts[0]!.owe!(['a']);
    expect(readWhole(owing)).not.toHaveProperty('asOf');
    const resumed = await open(OLD, owing.state());
    expect(resumed.parts[0]!.from.include).toEqual(['a']);
    const lagging = await open(OLD);
    lagging.parts[0]!.from.forget('b');
    expect(readWhole(lagging)).toEqual({ heads: [] });
  });
});

describe('withReadAt', () => {
  const number = openSet({ key: 'id', order: 'number', direction: 'ascending', isOpen: () => false });
  const read = (saved?: JsonObject) =>
    withReadAt(number).open(saved, { begin: async () => BEGIN, warn: () => {} });

  it('says when a partition was last read to its end', async () => {
    const first = await read();
    expect(first.state()).not.toHaveProperty('readAt');
    first.parts[0]!.finish();
    expect(first.state()).toMatchObject({ readAt: '2026-01-10T12:00:00.000Z', open: {} });
  });

  it('keeps what it said until the next whole read, and shows the inner cursor a state of its own', async () => {
    const before = { top: 7, open: {}, readAt: '2026-01-01T00:00:00.000Z' };
    const scan = await read(before);
    expect(scan.parts[0]!.from).toMatchObject({ since: 7 });
    expect(scan.state()).toMatchObject({ top: 7, readAt: '2026-01-01T00:00:00.000Z' });
    scan.parts[0]!.finish();
    expect(scan.state()).toMatchObject({ top: 7, readAt: '2026-01-10T12:00:00.000Z' });
  });
});
