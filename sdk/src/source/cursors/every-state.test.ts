import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases, LONG } from '../../protocol/fuzz.test-support.ts';
import { isoUtc } from '../../protocol/instant.ts';
import { MessageWriter } from '../../protocol/message-writer.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import type { Page } from '../../protocol/page.ts';
import type { Cursor } from '../cursor.ts';
import { defineStream, type Partition } from '../define.ts';
import { PageSlots } from '../page-slots.ts';
import { readOne } from '../read-one.test-support.ts';
import { splitWindow } from '../scan/split.test-support.ts';
import { StreamOutput } from '../stream-output.ts';
import { type Census, census } from './census.ts';
import { changedOnly } from './changed-only.ts';
import { pageOf } from './drive.test-support.ts';
import { type HeadsFrom, heads } from './heads.ts';
import { openSet } from './open-set.ts';
import type { OpenRange } from './open-set-options.ts';
import { resumable, type TokenFrom } from './resumable.ts';
import type { TimeRange } from './split-window.ts';
import { timeWindow } from './time-window.ts';

/**
 * Every cursor under the engine itself: partitions and parts side by side, a STATE after every page. From each
 * STATE that left, another run brings exactly the rest.
 */
const MINUTE = 60_000;
const NOW = Date.parse('2026-05-01T12:00:00Z');
const KEYS = ['a', 'b', 'c'];

interface Kind {
  // biome-ignore lint/suspicious/noExplicitAny: each kind has a `from` of its own
  readonly cursor: (count: number, key: string) => Cursor<any> | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly read: (from: any, count: number, size: number, key: string) => AsyncIterable<Page>;
}

/** The rows of one partition. */
async function* pagesOf(rows: readonly object[], size: number, where: string): AsyncGenerator<Page> {
  const own = rows.map((row) => ({ ...row, where }));
  for (let at = 0; at < own.length; at += size) yield pageOf(own.slice(at, at + size));
}

const issues = (count: number) =>
  Array.from({ length: count }, (_, id) => ({
    id: String(id),
    // Some in the safety window, some at the same minute.
    updated:
      NOW - (id < count / 2 ? (count - id) * 1440 * MINUTE : (count - id) * MINUTE * (id % 3 === 0 ? 1 : 5)),
  })).sort((a, b) => a.updated - b.updated);
const within = (count: number, { since = 0, until = Number.POSITIVE_INFINITY }: TimeRange) =>
  issues(count)
    .filter(({ updated }) => updated >= since && updated < until)
    .map(({ id, updated }) => ({ id, updated: isoUtc(updated) }));
const window = { key: 'id', value: 'updated', safetyMinutes: 30 } as const;
const builds = (count: number) =>
  Array.from({ length: count }, (_, number) => ({ id: number, number, running: number % 4 === 3 }));
const commits = (count: number) =>
  Array.from({ length: count }, (_, k) => ({
    hash: `c${count - k}`,
    parents: [count - k - 1, count - k - 3].filter((parent) => parent > 0).map((parent) => `c${parent}`),
  }));

const kinds: Record<string, Kind> = {
  'a time window': {
    cursor: () => timeWindow(window),
    read: (range: TimeRange, count, size, key) => pagesOf(within(count, range), size, key),
  },
  'a time window that looks back': {
    cursor: () => timeWindow({ ...window, lookbackMinutes: 3 * 1440 }),
    read: (range: TimeRange, count, size, key) => pagesOf(within(count, range), size, key),
  },
  'the windows of a scan': {
    cursor: (count) =>
      splitWindow(window, async (range) => within(count, range).length, { rows: 4, most: 4 }),
    read: (range: TimeRange, count, size, key) => pagesOf(within(count, range), size, key),
  },
  'an open set, newest first': {
    cursor: () =>
      openSet({
        key: 'id',
        order: 'number',
        direction: 'descending',
        isOpen: (page, row) => page.value(row, 'running') === true,
      }),
    read: async function* (from: OpenRange, count, size, key) {
      yield* pagesOf(
        builds(count).filter(({ id }) => from.again.includes(String(id))),
        size,
        key,
      );
      const listed = builds(count).filter(
        ({ number }) => number >= (from.since ?? 0) && number <= (from.until ?? number),
      );
      yield* pagesOf(listed.reverse(), size, key);
    },
  },
  heads: {
    cursor: (count) =>
      heads({
        hash: 'hash',
        parents: (page, row) => page.value(row, 'parents') as string[],
        current: async () => (count > 0 ? [`c${count}`] : []),
        recent: 0,
      }),
    read: (from: HeadsFrom, count, size, key) => {
      const wanted = new Set(from.include);
      const rows = commits(count).filter(({ hash, parents }) => {
        if (wanted.has(hash)) for (const parent of parents) wanted.add(parent);
        return wanted.has(hash);
      });
      return pagesOf(rows, size, key);
    },
  },
  'a full refresh by token': {
    cursor: () => resumable({ token: 'next' }),
    read: async function* (from: TokenFrom, count, size, key) {
      for (let at = Number(from.token ?? 0); at < count; at += size)
        yield pageOf(
          builds(count)
            .slice(at, at + size)
            .map((row) => ({ ...row, where: key })),
          String(at + size),
        );
    },
  },
  'a full refresh': {
    cursor: () => undefined,
    read: (_: undefined, count, size, key) => pagesOf(builds(count), size, key),
  },
};

interface Read {
  readonly rows: readonly string[];
  /** Each STATE with how many rows stand before it. */
  readonly states: ReadonlyArray<{ before: number; partitions: Record<string, JsonObject> }>;
  readonly complete: boolean;
}

interface Sizes {
  readonly counts: readonly number[];
  readonly size: number;
  readonly slots: number;
}

async function read(
  { cursor, read }: Kind,
  { counts, size, slots }: Sizes,
  saved: Record<string, JsonObject>,
): Promise<Read> {
  const folder = mkdtempSync(join(tmpdir(), 'every-state-'));
  const fd = openSync(join(folder, 'out'), 'w');
  const countOf = ({ key }: Partition): number => counts[KEYS.indexOf(key)]!;
  try {
    const stream = defineStream<object>()({
      name: 'things',
      description: 'test',
      schema: { properties: {} },
      primaryKey: ['id'],
      cursorField: 'id',
      partitions: async () => KEYS.map((key) => ({ key })),
      cursor: (_: object, partition: Partition) =>
        cursor(countOf(partition), partition.key) as Cursor<unknown>,
      read: ({ partition, from }) => read(from, countOf(partition), size, partition.key),
    }).open({});
    const writer = new MessageWriter(fd);
    const signal = new AbortController().signal;
    const isWhole = cursor(0, '') === undefined;
    const outcome = await readOne(
      {
        name: 'things',
        stream: isWhole ? { ...stream, cursor: undefined } : stream,
        state: { version: 1, origin: 'o', partitions: saved },
        full: isWhole,
        missingPermission: async () => undefined,
      },
      {
        output: new StreamOutput('things', stream, writer, () => NOW),
        slots: new PageSlots(slots, signal),
        ready: () => writer.ready(),
        cursorEnv: { begin: async () => NOW, warn: () => {} },
        pacing: { atLeast: 0, atMost: 0 },
        now: () => NOW,
        signal,
        log: { debug() {}, info() {}, warn() {}, error() {} },
      },
    );
    await writer.flush();
    const rows: string[] = [];
    const states: Array<Read['states'][number]> = [];
    for (const line of readFileSync(join(folder, 'out'), 'utf8').split('\n')) {
      if (line === '') continue;
      const { record, state } = JSON.parse(line) as {
        record?: { data: object };
        state?: { stream: { stream_state: { partitions: Record<string, JsonObject> } } };
      };
      if (record) rows.push(JSON.stringify(record.data));
      if (state) states.push({ before: rows.length, partitions: state.stream.stream_state.partitions });
    }
    return { rows, states, complete: outcome.complete };
  } finally {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  }
}

const sizes = fc.record({
  counts: fc.array(fc.integer({ min: 0, max: 14 }), { minLength: KEYS.length, maxLength: KEYS.length }),
  size: fc.integer({ min: 1, max: 4 }),
  slots: fc.integer({ min: 1, max: 6 }),
});

describe('a census', () => {
  it('sends its STATE once, at the end of its stream, and the next run reports exactly what is gone', async () => {
    const takes = (there: (count: number) => string[]): Kind => ({
      cursor: () => census(),
      read: (from: Census, count, size, key) =>
        from.take({
          batch: size,
          list: async function* () {
            yield there(count);
          },
          ask: async (ids) => new Map(ids.map((id) => [id, 'deleted'])),
          page: (changes) => pageOf(changes.map((change) => ({ ...change, where: key }))),
        }),
    });
    const ids = (count: number) => builds(count).map(({ id }) => String(id));
    const sizes = { counts: [9, 0, 5], size: 2, slots: 3 };
    const first = await read(takes(ids), sizes, {});
    expect([first.rows, first.states.length]).toEqual([[], 1]);
    const second = await read(
      takes((count) => ids(count).slice(3)),
      sizes,
      first.states[0]!.partitions,
    );
    expect(second.states.map(({ before }) => before)).toEqual([6]);
    expect(second.rows).toHaveLength(6);
  });
});

describe('what changed only', () => {
  it('sends its STATE once, at the end of its stream, and the next run brings exactly what is new', async () => {
    const kind: Kind = {
      cursor: () => changedOnly({ key: 'id' }),
      read: (_: undefined, count, size, key) => pagesOf(builds(count).reverse(), size, key),
    };
    const first = await read(kind, { counts: [9, 0, 5], size: 2, slots: 3 }, {});
    expect([first.rows.length, first.states.map(({ before }) => before)]).toEqual([14, [14]]);
    const second = await read(kind, { counts: [10, 2, 5], size: 3, slots: 3 }, first.states[0]!.partitions);
    expect([second.rows.length, second.states.length]).toEqual([3, 1]);
  });
});

describe('from every STATE that left, another run brings exactly the rest', () => {
  it.each(Object.entries(kinds))('%s', { timeout: LONG }, async (name, kind) => {
    let resumed = 0;
    let again = 0;
    await fc.assert(
      fc.asyncProperty(sizes, async (sizes) => {
        const whole = await read(kind, sizes, {});
        expect(whole.complete).toBe(true);
        expect(whole.rows.length).toBe(sizes.counts.reduce((a, b) => a + b, 0));
        for (const { before, partitions } of whole.states.slice(0, -1)) {
          const rest = await read(kind, sizes, partitions);
          const both = [...whole.rows.slice(0, before), ...rest.rows];
          expect(both.sort()).toEqual([...whole.rows].sort());
          resumed++;
          again += both.length - whole.rows.length;
        }
      }),
      cases(12),
    );
    expect(resumed).toBeGreaterThan(0);
    console.log(`${name}: resumed from ${resumed} states, ${again} rows came again`);
  });
});
