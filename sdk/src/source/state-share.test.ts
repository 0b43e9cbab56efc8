import { closeSync, openSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MessageWriter } from '../protocol/message-writer.ts';
import { Page } from '../protocol/page.ts';
import { timeWindow } from './cursors/time-window.ts';
import { defineStream } from './define.ts';
import { defaultPacing } from './pacing.ts';
import { PageSlots } from './page-slots.ts';
import { readOne } from './read-one.test-support.ts';
import { StreamOutput } from './stream-output.ts';

const PARTITIONS = 10_000;
const RECORDS = 10;
const RECORD_BYTES = 1000;
const BEGAN = Date.parse('2026-05-01T12:00:00Z');
/** 50 requests a second, a partition each. */
const REQUEST_MS = 20;

it('spends less than 3 % of its bytes on STATE for 10,000 partitions of 10 records of 1 kB', async () => {
  let now = BEGAN;
  let records = 0;
  let states = 0;
  const fd = openSync('/dev/null', 'w');
  const writer = new MessageWriter(fd);
  const signal = new AbortController().signal;
  const stream = defineStream<object>()({
    name: 'items',
    description: 'test',
    schema: { properties: {} },
    primaryKey: ['id'],
    partitions: async () => Array.from({ length: PARTITIONS }, (_, k) => ({ key: String(100_000 + k) })),
    cursorField: 'updated',
    cursor: () => timeWindow({ key: 'id', value: 'updated', safetyMinutes: 30 }),
    read: async function* ({ partition }) {
      now += REQUEST_MS;
      const rows = Array.from({ length: RECORDS }, (_, k) => ({
        id: `${partition.key}-${k}`,
        updated: new Date(BEGAN - 86_400_000 + k * 3_600_000).toISOString(),
        text: 'x'.repeat(RECORD_BYTES - 70),
      }));
      yield Page.of(rows, { id: 'id', updated: 'updated' }) as unknown as Page;
    },
  }).open({});
  class Counted extends StreamOutput {
    override page(...args: Parameters<StreamOutput['page']>): number {
      const bytes = super.page(...args);
      records += bytes;
      return bytes;
    }
    override state(...args: Parameters<StreamOutput['state']>): number {
      const bytes = super.state(...args);
      states += bytes;
      return bytes;
    }
  }
  const outcome = await readOne(
    {
      name: 'items',
      stream,
      state: { version: 1, origin: 'o', partitions: {} },
      full: false,
      missingPermission: async () => undefined,
    },
    {
      output: new Counted('items', stream, writer, () => now),
      slots: new PageSlots(16, signal),
      ready: () => writer.ready(),
      cursorEnv: { begin: async () => BEGAN, warn: expect.unreachable },
      pacing: defaultPacing,
      now: () => now,
      signal,
      log: { debug() {}, info() {}, warn: expect.unreachable, error() {} },
    },
  );
  await writer.flush();
  closeSync(fd);
  expect(outcome).toMatchObject({ complete: true, records: PARTITIONS * RECORDS });
  expect(states / records).toBeGreaterThan(0);
  expect(states / records).toBeLessThan(0.03);
  process.stdout.write(
    `STATE: ${((100 * states) / records).toFixed(2)} % of ${(records / 1e6).toFixed(0)} MB\n`,
  );
});
