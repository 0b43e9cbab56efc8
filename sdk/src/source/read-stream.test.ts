import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TransientError } from '../errors.ts';
import { MessageWriter } from '../protocol/message-writer.ts';
import type { JsonObject } from '../protocol/messages.ts';
import type { Page } from '../protocol/page.ts';
import { timeWindow } from './cursors/time-window.ts';
import { defineStream, type Partition } from './define.ts';
import { defaultPacing, type Pacing } from './pacing.ts';
import { PageSlots } from './page-slots.ts';
import { readOne } from './read-one.test-support.ts';
import { selectFor } from './select.ts';
import { StreamOutput } from './stream-output.ts';
import type { StreamOutcome } from './stream-session.ts';

/** The read loop over a real file descriptor, with an injected clock and made pages. */
const selection = selectFor({ id: 'id', updated: 'updated' }, ['where', 'odd'])('');
const NOW = Date.parse('2026-05-01T12:00:00Z');
const pageOf = (text: string): Page => selection.scan(Buffer.from(text)) as unknown as Page;
const issue = (id: number, minutesAgo: number) => ({
  id: String(id),
  updated: new Date(NOW - minutesAgo * 60_000).toISOString(),
});

let folder: string;
let fd: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'read-stream-'));
  fd = openSync(join(folder, 'out'), 'w');
});

afterEach(() => {
  closeSync(fd);
  rmSync(folder, { recursive: true });
});

interface Line {
  type: string;
  record?: { data: Record<string, unknown>; meta?: { changes: unknown[] } };
  state?: {
    stream: { stream_state: { partitions: Record<string, { position?: string }> } };
    sourceStats: { recordCount: number };
  };
  trace?: { stream_status?: { status: string }; error?: { failure_type: string } };
}

interface Setup {
  pages: (partition: Partition) => AsyncIterable<Page>;
  keys?: string[];
  pacing?: Pacing;
  full?: boolean;
  limit?: number;
  windowed?: boolean;
  saved?: Record<string, JsonObject>;
  /** The partitions of the saved state are read too. */
  savedToo?: boolean;
  slots?: number;
  stop?: AbortController;
  /** Called with an issue’s id when it is written. */
  onWrite?: (id: string) => void;
}

async function read({
  pages,
  keys = ['a'],
  pacing = defaultPacing,
  full = false,
  limit,
  windowed = true,
  saved = {},
  savedToo = false,
  slots = 1,
  stop = new AbortController(),
  onWrite,
}: Setup): Promise<{ lines: Line[]; outcome: StreamOutcome; warnings: string[] }> {
  const stream = defineStream<object>()({
    name: 'issues',
    description: 'test',
    schema: { properties: {} },
    primaryKey: ['id'],
    record: { id: 'id', updated: 'updated' },
    partitions: async (_, known) =>
      [...keys, ...(savedToo ? Object.keys(known) : [])].map((key) => ({ key })),
    cursorField: 'updated',
    cursor: () => timeWindow({ key: 'id', value: 'updated', safetyMinutes: 30 }),
    read: ({ partition }) => pages(partition),
    context: {
      where: (page, row, { key }) => {
        onWrite?.(page.text(row, 'id')!);
        return key;
      },
      odd: (page, row) => (page.value(row, 'id') === '7' ? 'é"\\\u2028' : undefined),
    },
  }).open({});
  const writer = new MessageWriter(fd);
  const now = () => NOW;
  const warnings: string[] = [];
  const log = { debug() {}, info() {}, warn: (text: string) => void warnings.push(text), error() {} };
  const outcome = await readOne(
    {
      name: 'issues',
      stream: windowed ? stream : { ...stream, cursor: undefined },
      state: { version: 1, origin: 'o', partitions: saved },
      full,
      limit,
      missingPermission: async () => undefined,
    },
    {
      output: new StreamOutput('issues', stream, writer, now),
      slots: new PageSlots(slots, stop.signal),
      ready: () => writer.ready(),
      cursorEnv: { begin: async () => NOW, warn: (text) => void warnings.push(text) },
      pacing,
      now,
      signal: stop.signal,
      log,
    },
  );
  await writer.flush();
  const lines = readFileSync(join(folder, 'out'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  return { lines, outcome, warnings };
}

const everyPage: Pacing = { atLeast: 0, atMost: 0 };
const states = (lines: readonly Line[]) => lines.flatMap(({ state }) => (state ? [state] : []));
const sent = (lines: readonly Line[]) => lines.flatMap(({ record }) => (record ? [record.data] : []));

describe('the read loop', () => {
  it('puts a STATE between pages only, each with the number of records before it', async () => {
    const { lines, outcome } = await read({
      pacing: everyPage,
      pages: async function* () {
        yield pageOf(JSON.stringify([issue(1, 300), issue(2, 299)]));
        yield pageOf(JSON.stringify([issue(3, 200)]));
      },
    });
    expect(lines.map(({ type, trace }) => trace?.stream_status?.status ?? type)).toEqual([
      'RUNNING',
      'RECORD',
      'RECORD',
      'STATE',
      'RECORD',
      'STATE',
      'STATE',
      'COMPLETE',
    ]);
    expect(states(lines).map(({ sourceStats }) => sourceStats.recordCount)).toEqual([2, 1, 0]);
    expect(outcome).toEqual({ name: 'issues', records: 3, complete: true, errors: [] });
  });

  it('keeps the state of a partition that is not named, and reads one that is named from the saved state', async () => {
    const asked: string[] = [];
    const saved = { gone: { position: '2026-05-01T07:00:00.000Z', seen: {} } };
    const pages = async function* ({ key }: Partition) {
      asked.push(key);
      yield pageOf(JSON.stringify([issue(key === 'gone' ? 2 : 1, 300)]));
    };
    const kept = await read({ pages, saved });
    expect([asked.splice(0), kept.outcome.records]).toEqual([['a'], 1]);
    expect(states(kept.lines).at(-1)!.stream.stream_state.partitions.gone).toEqual(saved.gone);
    const both = await read({ pages, saved, savedToo: true });
    expect([asked.sort(), both.outcome.records]).toEqual([['a', 'gone'], 2]);
  });

  it('keeps a failed partition at its last whole page, and reads the others', async () => {
    const { lines, outcome } = await read({
      keys: ['a', 'b'],
      pages: async function* ({ key }) {
        yield pageOf(JSON.stringify([issue(1, 300)]));
        if (key === 'a') throw new TransientError('gone', { code: 'test.gone' });
        yield pageOf(JSON.stringify([issue(2, 200)]));
      },
    });
    expect(sent(lines)).toHaveLength(3);
    const { partitions } = states(lines).at(-1)!.stream.stream_state;
    expect(partitions.a).toMatchObject({
      position: '2026-05-01T07:00:00.000Z',
      begin: '2026-05-01T12:00:00.000Z',
    });
    expect(partitions.b).toEqual({ position: '2026-05-01T11:30:00.000Z', seen: {} });
    expect(outcome).toMatchObject({ complete: false, errors: [{ code: 'test.gone' }] });
    expect(lines.at(-1)!.trace!.stream_status!.status).toBe('INCOMPLETE');
    expect(lines.find(({ trace }) => trace?.error)!.trace!.error!.failure_type).toBe('transient_error');
  });

  it('writes nothing of a page that holds something that cannot be sent', async () => {
    const { lines, outcome } = await read({
      windowed: false,
      pages: async function* () {
        yield pageOf(JSON.stringify([issue(1, 300)]));
        yield pageOf(JSON.stringify([issue(2, 300), 'no object', issue(3, 300)]));
      },
    });
    expect(sent(lines).map(({ id }) => id)).toEqual(['1']);
    expect(outcome.errors).toMatchObject([{ code: 'record.not_an_object' }]);
    expect(states(lines)).toMatchObject([{ sourceStats: { recordCount: 1 } }]);
  });

  it('writes nothing of a page whose cursor cannot be read', async () => {
    const { lines, outcome } = await read({
      pages: async function* () {
        yield pageOf(JSON.stringify([issue(1, 300), { id: '2', updated: 'yesterday' }]));
      },
    });
    expect(sent(lines)).toEqual([]);
    expect(outcome.errors).toMatchObject([{ code: 'cursor.missing' }]);
    // A STATE without partitions would say that the whole copy stands before it.
    expect(states(lines)).toEqual([]);
  });

  it('splices context in behind the vendor’s members and never over one', async () => {
    const { lines } = await read({
      pages: async function* () {
        yield pageOf(
          `[{"id":"1","updated":"2026-05-01T00:00:00Z","where":null},{ "id" : "7",\n"updated":"2026-05-01T00:01:00Z" }]`,
        );
      },
    });
    const raw = readFileSync(join(folder, 'out'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{"type":"RECORD"'));
    expect(raw[0]).toContain('"data":{"id":"1","updated":"2026-05-01T00:00:00Z","where":null}}}');
    expect(raw[1]).toContain(
      '"data":{"id":"7","updated":"2026-05-01T00:01:00Z","where":"a","odd":"é\\"\\\\\u2028"}}}',
    );
    expect(sent(lines)[1]).toMatchObject({ where: 'a', odd: 'é"\\\u2028' });
  });

  it('replaces bytes that are no UTF-8 and says so', async () => {
    const { lines } = await read({
      pages: async function* () {
        yield selection.scan(
          Buffer.concat([
            Buffer.from('[{"id":"1","updated":"2026-05-01T00:00:00Z","x":"'),
            Buffer.of(0xff),
            Buffer.from('"}]'),
          ]),
        ) as unknown as Page;
      },
    });
    const { record } = lines.find(({ type }) => type === 'RECORD')!;
    expect(record!.data.x).toBe('\ufffd');
    expect(record!.meta!.changes).toHaveLength(1);
  });

  it('cuts a record that is too long for a line, and says what it lost', async () => {
    const { lines } = await read({
      pages: async function* () {
        const long = { ...issue(1, 300), text: 'x'.repeat(21_000_000), n: 12 };
        yield pageOf(JSON.stringify([long, issue(2, 299)]));
      },
    });
    const [cut, whole] = lines.flatMap(({ record }) => (record ? [record] : []));
    expect(cut!.data).toMatchObject({ ...issue(1, 300), n: 12, where: 'a' });
    expect(cut!.meta!.changes).toEqual([
      { field: 'text', change: 'TRUNCATED', reason: 'SOURCE_RECORD_SIZE_LIMITATION' },
    ]);
    expect(JSON.stringify(cut).length).toBeLessThan(20_000_000);
    expect(JSON.stringify(cut).length).toBeGreaterThan(19_800_000);
    expect(whole!.meta).toBeUndefined();
  });

  it('ends a full refresh with a state without partitions, and one that failed with those it has', async () => {
    const pages = async function* ({ key }: Partition) {
      yield pageOf(JSON.stringify([issue(1, 300)]));
      if (key === 'bad') throw new Error('boom');
    };
    expect(states((await read({ pages, full: true })).lines).at(-1)!.stream.stream_state.partitions).toEqual(
      {},
    );
    const failed = await read({ pages, full: true, keys: ['a', 'bad'] });
    expect(Object.keys(states(failed.lines).at(-1)!.stream.stream_state.partitions)).toEqual(['a', 'bad']);
  });

  it('with a limit sends no state and no COMPLETE', async () => {
    const { lines } = await read({
      limit: 2,
      pacing: everyPage,
      pages: async function* () {
        yield pageOf(JSON.stringify([issue(1, 300), issue(2, 299), issue(3, 298)]));
      },
    });
    expect(lines.map(({ type, trace }) => trace?.stream_status?.status ?? type)).toEqual([
      'RUNNING',
      'RECORD',
      'RECORD',
    ]);
  });

  it('reads partitions side by side, each in its own order, and counts every record to a STATE', async () => {
    let open = 0;
    let most = 0;
    const keys = Array.from({ length: 12 }, (_, k) => `p${k}`);
    const { lines, outcome } = await read({
      keys,
      slots: 8,
      pacing: everyPage,
      pages: async function* () {
        most = Math.max(most, ++open);
        for (let k = 0; k < 5; k++) {
          await new Promise((done) => setTimeout(done, 1 + ((k * 7) % 5)));
          yield pageOf(JSON.stringify([issue(k, 300 - k)]));
        }
        open--;
      },
    });
    expect(most).toBe(8);
    expect(outcome).toMatchObject({ records: 60, complete: true });
    for (const key of keys) {
      const ids = sent(lines).filter(({ where }) => where === key);
      expect(ids.map(({ id }) => id)).toEqual(['0', '1', '2', '3', '4']);
    }
    expect(states(lines).reduce((sum, { sourceStats }) => sum + sourceStats.recordCount, 0)).toBe(60);
    // Each STATE accounts for what stands before it and for nothing else.
    const before = new Map<string, Array<Record<string, unknown>>>();
    for (const { record, state } of lines) {
      const where = String(record?.data.where);
      if (record) before.set(where, [...(before.get(where) ?? []), record.data]);
      for (const [key, { position }] of Object.entries(state?.stream.stream_state.partitions ?? {})) {
        const rows = before.get(key)!;
        const last = Math.floor(Date.parse(String(rows.at(-1)!.updated)) / 60_000) * 60_000;
        if (rows.length < 5) expect(Date.parse(position!)).toBe(last);
        else expect([last, NOW - 30 * 60_000]).toContain(Date.parse(position!));
      }
    }
  });

  it('fetches the next page while one waits for the writer, and no more than there are slots', async () => {
    const log: string[] = [];
    await read({
      slots: 2,
      pages: async function* () {
        for (let k = 0; k < 4; k++) {
          log.push(`fetch ${k}`);
          yield pageOf(JSON.stringify([issue(k, 300 - k)]));
        }
      },
      onWrite: (k) => log.push(`write ${k}`),
    });
    expect(log).toEqual(
      [0, 1, 2, 3]
        .flatMap((k) => (k < 3 ? [`fetch ${k + 1}`, `write ${k}`] : [`write ${k}`]))
        .toSpliced(0, 0, 'fetch 0'),
    );
  });

  it('goes on with the partitions of a full refresh that are not done', async () => {
    const pages = async function* ({ key }: Partition) {
      yield pageOf(JSON.stringify([issue(1, 300)]));
      if (key === 'b' && !again) throw new TransientError('gone', { code: 'test.gone' });
    };
    let again = false;
    const options = { pages, windowed: false, full: true, keys: ['a', 'b', 'c'], slots: 4 };
    const first = await read(options);
    const saved = states(first.lines).at(-1)!.stream.stream_state.partitions;
    expect(Object.keys(saved)).toEqual(expect.arrayContaining(['a', 'c']));
    again = true;
    const second = await read({ ...options, saved: saved as Record<string, JsonObject> });
    expect(second.outcome.complete).toBe(true);
    // The half-read one is read again, and what went out of it already is known by its bytes.
    expect(sent(second.lines.slice(first.lines.length))).toEqual([]);
    expect(states(second.lines).at(-1)!.stream.stream_state.partitions).toEqual({});
  });

  it('reads what was done once more where the run that passed it over is incomplete too', async () => {
    let id = 0;
    const pages = async function* ({ key }: Partition) {
      if (key === 'b') throw new TransientError('gone', { code: 'test.gone' });
      yield pageOf(JSON.stringify([issue(++id, 300)]));
    };
    const options = { pages, windowed: false, full: true, keys: ['a', 'b', 'c'], slots: 4 };
    let saved: Record<string, JsonObject> = {};
    let before = 0;
    const rows: number[] = [];
    for (let run = 0; run < 5; run++) {
      const { lines, outcome } = await read({ ...options, saved });
      const own = lines.slice(before);
      before = lines.length;
      saved = (states(own).at(-1)?.stream.stream_state.partitions ?? saved) as Record<string, JsonObject>;
      expect([outcome.complete, Object.keys(saved).sort()]).toEqual([false, ['a', 'c']]);
      rows.push(sent(own).length);
    }
    expect(rows).toEqual([2, 0, 2, 0, 2]);
  });

  it('sends no STATE where it does not account for all that was sent, when a long partition fails', async () => {
    const pages = async function* () {
      yield pageOf(JSON.stringify(Array.from({ length: 20_001 }, (_, id) => issue(id, 300))));
      throw new TransientError('gone', { code: 'test.gone' });
    };
    const { lines, outcome } = await read({ pages, windowed: false, full: true });
    expect([outcome.complete, outcome.records, states(lines)]).toEqual([false, 20_001, []]);
  });

  it('tells twenty failures one by one and the rest in one', async () => {
    const { lines, outcome } = await read({
      keys: Array.from({ length: 50 }, (_, k) => `p${k}`),
      slots: 4,
      // biome-ignore lint/correctness/useYield: it fails before its first page
      pages: async function* () {
        throw new TransientError('gone', { code: 'test.gone' });
      },
    });
    expect(outcome.errors).toHaveLength(50);
    expect(lines.filter(({ trace }) => trace?.error)).toHaveLength(21);
  });

  it('stops at once when it is told to, with the state of what was written', async () => {
    const stop = new AbortController();
    const { lines, outcome } = await read({
      stop,
      keys: ['a', 'b', 'c'],
      pages: async function* () {
        yield pageOf(JSON.stringify([issue(1, 300)]));
        stop.abort(new Error('stopped'));
        yield pageOf(JSON.stringify([issue(2, 200)]));
      },
    });
    expect(outcome).toMatchObject({ complete: false, errors: [] });
    const [state] = states(lines);
    expect(state!.sourceStats.recordCount).toBe(sent(lines).length);
    expect(lines.at(-1)!.trace!.stream_status!.status).toBe('INCOMPLETE');
  });
});
