import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Journal } from '../src/journal/journal.ts';
import { Bench, type Ended, record, state, status } from './process.ts';
import { dataFiles, linesOfFile, storedLines } from './stored.ts';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.remove());

interface Asked {
  readonly mode?: 'append' | 'overwrite' | 'append_dedup';
  readonly sync?: 'full_refresh' | 'incremental';
  readonly key?: string;
  readonly generation?: number;
  readonly minimum?: number;
}

function catalog(streams: Readonly<Record<string, Asked>>): string {
  const file = join(bench.root, 'catalog.json');
  writeFileSync(
    file,
    JSON.stringify({
      streams: Object.entries(streams).map(([name, { mode, sync, key, generation, minimum }]) => ({
        stream: { name, json_schema: {}, supported_sync_modes: ['full_refresh', 'incremental'] },
        sync_mode: sync ?? 'full_refresh',
        destination_sync_mode: mode ?? 'append',
        primary_key: key ? [[key]] : [],
        cursor_field: ['at'],
        generation_id: generation ?? null,
        minimum_generation_id: minimum ?? null,
        sync_id: generation ?? null,
      })),
    }),
  );
  return file;
}

const write = (streams: Record<string, Asked>, input: string, config: object = {}): Promise<Ended> =>
  bench.run(['write', '--catalog', catalog(streams)], input, { source: 's', envelope: 'none', ...config });

const records = (stream: string, ids: readonly number[], more: object = {}): string =>
  ids.map((id) => record(stream, { id, ...more })).join('');

/** A state of one of our sources: with a partition it is in the middle of something. */
const ours = (stream: string, underWay: boolean): string =>
  `${JSON.stringify({ type: 'STATE', state: { type: 'STREAM', stream: { stream_descriptor: { name: stream }, stream_state: { version: 1, origin: 'x', partitions: underWay ? { p: { at: 1 } } : {} } } } })}\n`;

const whole = (stream: string, ids: readonly number[], more?: object): string =>
  status(stream, 'STARTED') +
  records(stream, ids, more) +
  state(stream, ids.length) +
  status(stream, 'COMPLETE');

const broken = (stream: string, ids: readonly number[], more?: object): string =>
  status(stream, 'STARTED') +
  records(stream, ids, more) +
  state(stream, ids.length) +
  status(stream, 'INCOMPLETE');

/** What stands under final names. */
function visible(stream: string): number[] {
  const final = dataFiles(bench.path).filter((name) => name.startsWith('s/') && !name.endsWith('.open'));
  return final
    .flatMap((name) => linesOfFile(join(bench.path, name)))
    .map((line) => JSON.parse(line) as { id: number; stream?: string })
    .filter((data) => data.stream === stream)
    .map(({ id }) => id)
    .sort((a, b) => a - b);
}

/** What the manifest says: ids of files by their status. */
async function manifest(): Promise<
  Array<{ stream: string; records: number; status: string; copy: string | null }>
> {
  const journal = await Journal.openExisting(bench.path);
  const rows = journal!.all('select stream, records, status, copy from manifest order by id');
  journal!.close();
  return rows as never;
}

const of = (stream: string) => ({ stream });

for (const layout of ['partitioned', 'flat'] as const) {
  describe(`overwrite, layout ${layout}`, () => {
    const config = { layout };

    it('replaces what a finished run left, keeps it where a run failed, and goes on with what failed', async () => {
      const asked: Record<string, Asked> = {
        a: { mode: 'overwrite' },
        keyed: { mode: 'overwrite', key: 'id' },
        gone: { mode: 'overwrite' },
      };
      const first = await write(
        asked,
        whole('a', [1, 2], of('a')) + whole('keyed', [1, 2], of('keyed')) + whole('gone', [1], of('gone')),
        config,
      );
      expect(first.code).toBe(0);

      const failed = await write(
        asked,
        broken('a', [11, 12], of('a')) +
          broken('keyed', [11, 12], of('keyed')) +
          status('gone', 'STARTED') +
          status('gone', 'COMPLETE'),
        config,
      );
      expect(failed.code).toBe(1);
      // A complete stream without records replaces, too; nobody sees anything of an unfinished one.
      expect([visible('a'), visible('keyed'), visible('gone')]).toEqual([[1, 2], [1, 2], []]);

      const retry = await write(
        asked,
        whole('a', [12, 13], of('a')) + whole('keyed', [12, 13], { ...of('keyed'), newer: true }),
        config,
      );
      expect(retry.code).toBe(0);
      // 12 came twice: byte for byte without a key, as a newer version with one.
      expect([visible('a'), visible('keyed')]).toEqual([
        [11, 12, 13],
        [11, 12, 13],
      ]);
      expect(storedLines(join(bench.path, 's'))).toContain('{"id":12,"stream":"keyed","newer":true}');
      expect(dataFiles(bench.path).filter((name) => name.includes('.open'))).toEqual([]);

      expect((await write(asked, whole('a', [21], of('a')), config)).code).toBe(0);
      expect([visible('a'), visible('keyed')]).toEqual([[21], [11, 12, 13]]);
      const said = (await manifest()).filter(({ stream }) => stream === 'a');
      expect(said).toEqual([{ stream: 'a', records: 1, status: 'complete', copy: expect.any(String) }]);
    });
  });
}

describe('overwrite', () => {
  const asked: Record<string, Asked> = {
    a: { mode: 'overwrite' },
    b: { mode: 'overwrite' },
    c: { mode: 'overwrite' },
  };

  it('without statuses: an end that looks whole replaces, one that does not is gone on with', async () => {
    const all = (id: number): string =>
      ['a', 'b', 'c'].map((name) => record(name, { id, ...of(name) }) + ours(name, false)).join('');
    expect((await write(asked, all(1))).code).toBe(0);
    const second =
      // Nothing follows its last state, which says that it is whole.
      records('a', [2], of('a')) +
      ours('a', false) +
      // … which says that it is under way.
      records('b', [2], of('b')) +
      ours('b', true) +
      // Something follows: a beginning that broke off, for all that is known.
      records('c', [2], of('c')) +
      ours('c', false) +
      records('c', [3], of('c'));
    expect((await write(asked, second)).code).toBe(0);
    expect([visible('a'), visible('b'), visible('c')]).toEqual([[2], [1], [1]]);
    const third = ['b', 'c'].map((name) => records(name, [4], of(name)) + ours(name, false)).join('');
    expect((await write(asked, third)).code).toBe(0);
    expect([visible('b'), visible('c')]).toEqual([
      [2, 4],
      [2, 3, 4],
    ]);
  });

  it('PyAirbyte’s 1/1/1 on every write replaces; from 2 on a number that comes again goes on', async () => {
    const one: Record<string, Asked> = { a: { mode: 'overwrite', generation: 1, minimum: 1 } };
    for (const id of [1, 2]) expect((await write(one, records('a', [id], of('a')))).code).toBe(0);
    expect(visible('a')).toEqual([2]);
    const two: Record<string, Asked> = { a: { mode: 'overwrite', generation: 2, minimum: 2 } };
    expect((await write(two, whole('a', [3, 4], of('a')))).code).toBe(0);
    // The platform tries a job again, for another stream's sake: this one has nothing more to send.
    expect((await write(two, whole('a', [], of('a')))).code).toBe(0);
    expect(visible('a')).toEqual([3, 4]);
    const three: Record<string, Asked> = { a: { mode: 'overwrite', generation: 3, minimum: 3 } };
    expect((await write(three, broken('a', [5], of('a')))).code).toBe(1);
    // A newer generation than the one that failed begins again.
    const four: Record<string, Asked> = { a: { mode: 'overwrite', generation: 4, minimum: 4 } };
    expect((await write(four, whole('a', [6], of('a')))).code).toBe(0);
    expect(visible('a')).toEqual([6]);
    expect(dataFiles(bench.path)).toHaveLength(1);
  });
});

describe('append', () => {
  it('deletes nothing for a generation that was seen, and replaces for a new one when it is complete', async () => {
    const generation = (n: number): Record<string, Asked> => ({
      a: { sync: 'incremental', generation: n, minimum: n },
    });
    for (const id of [1, 2]) expect((await write(generation(1), whole('a', [id], of('a')))).code).toBe(0);
    expect(visible('a')).toEqual([1, 2]);
    expect((await write(generation(2), broken('a', [3], of('a')))).code).toBe(1);
    expect(visible('a')).toEqual([1, 2]);
    expect((await write(generation(2), whole('a', [4], of('a')))).code).toBe(0);
    expect(visible('a')).toEqual([3, 4]);
    expect((await write(generation(2), whole('a', [5], of('a')))).code).toBe(0);
    expect(visible('a')).toEqual([3, 4, 5]);
  });

  it('keeps both sides of an overwrite that failed, where append goes on', async () => {
    const overwrite: Record<string, Asked> = { a: { mode: 'overwrite' } };
    await write(overwrite, whole('a', [1], of('a')));
    await write(overwrite, broken('a', [2], of('a')));
    expect((await write({ a: { sync: 'incremental' } }, whole('a', [3], of('a')))).code).toBe(0);
    expect(visible('a')).toEqual([1, 2, 3]);
  });

  it('of a full-refresh stream keeps every copy, and the manifest says which one is the present', async () => {
    const asked: Record<string, Asked> = { a: {} };
    for (const id of [1, 2])
      await write(
        asked,
        status('a', 'STARTED') + records('a', [id], of('a')) + ours('a', false) + status('a', 'COMPLETE'),
        {
          run_id: `r${id}`,
        },
      );
    await write(
      asked,
      status('a', 'STARTED') + records('a', [3], of('a')) + ours('a', true) + status('a', 'INCOMPLETE'),
      {
        run_id: 'r3',
      },
    );
    expect(visible('a')).toEqual([1, 2, 3]);
    // The third one is not whole: readers count on the second.
    expect(await manifest()).toEqual([
      { stream: 'a', records: 1, status: 'superseded', copy: 'r1' },
      { stream: 'a', records: 1, status: 'complete', copy: 'r2' },
    ]);
    await write(
      asked,
      status('a', 'STARTED') + records('a', [4], of('a')) + ours('a', false) + status('a', 'COMPLETE'),
      {
        run_id: 'r4',
      },
    );
    // The copy that r3 began is whole now: both runs' files are it.
    expect((await manifest()).map(({ status: said, copy }) => [said, copy])).toEqual([
      ['superseded', 'r1'],
      ['superseded', 'r2'],
      ['complete', 'r3'],
      ['complete', 'r3'],
    ]);
  });
});

for (const layout of ['partitioned', 'flat'] as const) {
  it(`append_dedup keeps the newest of each key, by cursor and then by arrival, layout ${layout}`, async () => {
    const asked: Record<string, Asked> = { a: { mode: 'append_dedup', sync: 'incremental', key: 'id' } };
    const versions = (...all: Array<[id: number, at: unknown, said: string]>): string =>
      status('a', 'STARTED') +
      all.map(([id, at, said]) => record('a', { id, at, said })).join('') +
      state('a', 1) +
      status('a', 'COMPLETE');
    const first = versions(
      [1, 1, 'old'],
      [2, 5, 'newest'],
      [3, 1, 'first'],
      [4, '2026-01-01T00:00:00Z', 'old'],
    );
    const second = versions(
      [1, 10, 'newest'],
      [2, 4, 'older'],
      [3, 1, 'newest'],
      [4, '2026-01-01T02:00:00+01:00', 'newest'],
    );
    for (const input of [first, second]) expect((await write(asked, input, { layout })).code).toBe(0);
    const kept = storedLines(join(bench.path, 's')).map(
      (line) => JSON.parse(line) as { id: number; said: string },
    );
    expect(kept.map(({ id }) => id).sort()).toEqual([1, 2, 3, 4]);
    expect(kept.every(({ said }) => said === 'newest')).toBe(true);
  });
}

it('what cannot be done is refused before anything is read', async () => {
  const hybrid = await write({ a: { generation: 3, minimum: 2 } }, whole('a', [1]));
  const keyless = await write({ a: { mode: 'append_dedup' } }, whole('a', [1]));
  expect([hybrid.code, keyless.code]).toEqual([1, 1]);
  expect(keyless.stdout).toContain('no primary key');
});
