import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../protocol/messages.ts';
import { Page } from '../protocol/page.ts';
import { timeWindow } from './cursors/time-window.ts';
import type { Partition } from './define.ts';
import { PassOver } from './pass-over.ts';
import { errorsIn, run, stream } from './read.test-support.ts';
import { defineScan } from './scan/define.ts';

const record = { id: 'id', updated: 'updated' };
const partitions = async () => [{ key: '1' }, { key: '2' }, { key: '3' }];
const page = ({ key }: Partition): Page => {
  if (key === '2') throw new PassOver('repositories that may not be read');
  return Page.of([{ id: Number(key), updated: '2026-05-01T08:00:00.000Z' }], record) as unknown as Page;
};

const plain = stream('plain', {
  cursorField: 'updated',
  record: record as never,
  cursor: () => timeWindow({ key: 'id', value: 'updated', safetyMinutes: 30 }) as never,
  partitions,
  read: async function* ({ partition }) {
    yield page(partition);
  },
});
const scan = defineScan<object>()({
  name: 'scanned',
  record,
  key: 'id',
  value: 'updated',
  partitions,
  window: () => ({ safetyMinutes: 30 }),
  read: async function* ({ partition }) {
    yield page(partition);
  },
});
const scanned = scan.records({
  name: 'scanned',
  description: 'a record',
  schema: { properties: { id: { type: 'integer' }, updated: { type: 'string' } } },
  primaryKey: ['id'],
  cursorField: 'updated',
});

describe.each([
  ['a stream', plain],
  ['a scan', scanned],
])('a partition that %s passes over', (_, one) => {
  const partitionsOf = (state: JsonObject | undefined) =>
    (state?.partitions ?? {}) as Record<string, JsonObject>;

  it('is no failure, gets no state, and the others are read', async () => {
    const { outcomes, states, messages } = await run([one]);
    expect(outcomes).toMatchObject([{ records: 2, complete: true, errors: [] }]);
    expect(Object.keys(partitionsOf(states.get(one.name))).sort()).toEqual(['1', '3']);
    expect(errorsIn(messages)).toEqual([]);
  });

  it('keeps the state that it has', async () => {
    const kept = { position: '2026-04-01T00:00:00.000Z', seen: {} };
    const saved = { version: 1, origin: 'test.example', partitions: { 2: kept } };
    const { states } = await run([one], { states: new Map([[one.name, saved]]) });
    expect(partitionsOf(states.get(one.name))['2']).toEqual(kept);
  });
});
