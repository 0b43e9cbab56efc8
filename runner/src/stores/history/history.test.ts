import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MASK, Secrets } from '@headrace/sdk/protocol';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { StreamResult } from '../../engine/events.ts';
import type { RunEntry } from '../../engine/ports.ts';
import { tenantDatabase } from '../database.ts';
import { sqliteHistory } from './history.ts';
import { importFiles } from './import-files.ts';
import { sqliteLetters } from './letters.ts';

const j = { tenant: 'acme', name: 'j' };
const plain = { check: true };

function folder(): string {
  const at = mkdtempSync(join(tmpdir(), 'headrace-history-'));
  onTestFinished(() => rmSync(at, { recursive: true, force: true }));
  return at;
}

/** A history as one process has it. */
function open(
  at: string,
  { alive = [] as string[], secrets = [] as string[], warned = [] as string[] } = {},
) {
  const database = tenantDatabase(at, 'acme', (db) =>
    importFiles(db, at, 'acme', (message) => warned.push(message)),
  );
  onTestFinished(() => database.close());
  const processes = { self: () => 'me', isAlive: (name: string) => alive.includes(name) };
  return {
    database,
    history: sqliteHistory(() => database, processes, new Secrets(secrets)),
    letters: sqliteLetters(() => database),
  };
}

const stream = (name: string, over: Partial<StreamResult> = {}): StreamResult => ({
  name,
  status: 'COMPLETE',
  records: 1,
  bytes: 1,
  committed: 1,
  rejected: 0,
  states: 1,
  waitedMs: 0,
  complete: true,
  generation: 0,
  ...over,
});

describe('runs', () => {
  test('are numbered from 1, also when several processes begin at once', async () => {
    const at = folder();
    const histories = [1, 2, 3, 4].map(() => open(at).history);
    const entries = await Promise.all(histories.map((one, k) => one.begin(j, plain, k)));
    expect(entries.map(({ number }) => number).sort()).toEqual([1, 2, 3, 4]);
  });

  test('come back as they were saved, without secrets; names and numbers stay (invariant 6)', async () => {
    const { history } = open(folder(), { secrets: ['sesame-1', 'exit_code'] });
    const options = { check: true, streams: ['exit_code'], backfill: { since: '2026-01-01', scope: 'b' } };
    const entry = await history.begin(j, options, 5);
    const text = 'refused: Basic c2VzYW1lLTE=, exit_code';
    const error = { code: 'x', failure_type: 'system_error', origin: 'source', stream: 'exit_code' } as const;
    const run: RunEntry = {
      ...entry,
      ended: 9,
      outcome: 'failed',
      exitCode: 2,
      attempts: 2,
      tries: [
        { number: 1, started: 5, ended: 6, code: 'x', message: text, delayMs: 2000 },
        { number: 2, started: 7, ended: 9 },
      ],
      streams: [
        stream('exit_code', { generation: 5, error: text, waitedMs: 70, started: 6, ended: 8, estimate: 3 }),
        stream('other', { namespace: 'n', complete: false, status: 'WAITING' }),
      ],
      errors: [{ ...error, message: text, hint: text, place: 'sesame-1' }],
    };
    await history.save(run);
    const hidden = `refused: Basic ${MASK}, ${MASK}`;
    expect(await Array.fromAsync(history.runs('acme', {}))).toEqual([
      {
        ...run,
        tries: [{ ...run.tries[0], message: hidden }, run.tries[1]],
        streams: [{ ...run.streams[0], error: hidden }, run.streams[1]],
        errors: [{ ...error, message: hidden, hint: hidden, place: MASK }],
      },
    ]);
  });

  test('are refused beside a living one, not behind a dead or an ended one', async () => {
    const at = folder();
    const first = await open(at).history.begin(j, plain, 0);
    const beside = open(at, { alive: ['me'] }).history;
    await expect(beside.begin(j, plain, 0)).rejects.toThrow(
      'j is running since 1970-01-01T00:00:00.000Z (run 1, me)',
    );
    expect(await beside.running(j)).toMatchObject({ number: 1, process: 'me' });
    expect((await open(at).history.begin(j, plain, 0)).number).toBe(2);
    await beside.end({ ...first, number: 2, ended: 5, outcome: 'complete', exitCode: 0 });
    expect(await beside.running(j)).toBeUndefined();
    expect((await beside.begin(j, plain, 0)).number).toBe(3);
    expect((await beside.begin({ ...j, name: 'k' }, plain, 0)).number).toBe(1);
  });

  test('are shown newest first, by job, kind, time and number', async () => {
    const { history } = open(folder());
    for (let k = 1; k <= 4; k++) await history.begin(j, plain, k * 10);
    await history.begin(j, { check: true, backfill: { since: '2026-01-01', scope: 'b' } }, 50);
    await history.begin({ ...j, name: 'k' }, plain, 45);
    const seen = async (query: Parameters<typeof history.runs>[1]) =>
      (await Array.fromAsync(history.runs('acme', query))).map(({ job, number }) => `${job}${number}`);
    expect(await seen({})).toEqual(['j5', 'k1', 'j4', 'j3', 'j2', 'j1']);
    expect(await seen({ job: 'j', kind: 'sync', before: 4 })).toEqual(['j3', 'j2', 'j1']);
    expect(await seen({ since: 40, kind: 'sync' })).toEqual(['k1', 'j4']);
  });

  test('a file that is no database, or of a newer version, is named and left alone', async () => {
    const at = folder();
    mkdirSync(join(at, 'acme'));
    const path = join(at, 'acme', 'history.sqlite');
    writeFileSync(path, 'no database, but longer than the header of one would be: '.repeat(20));
    await expect(open(at).history.begin(j, plain, 0)).rejects.toMatchObject({
      code: 'history.unreadable',
      place: path,
    });
    rmSync(path);
    const db = new DatabaseSync(path);
    db.exec('pragma user_version = 99');
    db.close();
    await expect(open(at).history.begin(j, plain, 0)).rejects.toMatchObject({ code: 'history.newer' });
  });
});

test('the history of JSON files is taken over once, and run numbers go on', async () => {
  const at = folder();
  mkdirSync(join(at, 'acme', 'runs', 'j'), { recursive: true });
  const write = (number: number, text: string) =>
    writeFileSync(join(at, 'acme', 'runs', 'j', `${String(number).padStart(6, '0')}.json`), text);
  const { states: _, waitedMs: __, ...old } = stream('a', { generation: 7 });
  const run = {
    tenant: 'acme',
    job: 'j',
    started: 5,
    ended: 6,
    attempts: 1,
    outcome: 'complete',
    exitCode: 0,
    errors: [],
  };
  write(1, JSON.stringify({ ...run, number: 1, streams: [old], process: 'host~1~1' }));
  write(2, '{"token": s3cret}');
  write(3, 'null');
  const warned: string[] = [];
  const { history } = open(at, { warned });
  expect((await history.begin(j, plain, 8)).number).toBe(4);
  expect(warned).toEqual([
    expect.stringMatching(/^run 2 of j is not taken over: .*000002.json is damaged/),
    expect.stringMatching(/^run 3 of j is not taken over: .*000003.json is not a run/),
  ]);
  expect(warned.join()).not.toContain('s3cret');
  const runs = await Array.fromAsync(history.runs('acme', { job: 'j' }));
  expect(runs.map(({ number, outcome }) => [number, outcome])).toEqual([
    [4, undefined],
    [3, undefined],
    [2, undefined],
    [1, 'complete'],
  ]);
  expect(runs[3]?.streams).toEqual([stream('a', { generation: 7, states: 0 })]);
  write(9, JSON.stringify({ ...run, number: 9, streams: [] }));
  expect((await open(at).history.begin(j, plain, 9)).number).toBe(5);
});

describe('dead letters', () => {
  /** Ends one run of the job after the other. */
  async function after(...runs: Array<Partial<RunEntry>>) {
    const { history, letters } = open(folder());
    for (const [k, run] of runs.entries()) {
      const entry = await history.begin(j, run.options ?? plain, k * 10);
      await history.end({ ...entry, ended: k * 10 + 5, exitCode: 0, ...run, number: entry.number });
    }
    return letters;
  }
  const error = { code: 'x', message: 'y', failure_type: 'transient_error', origin: 'source' } as const;
  const open_ = (name: string) => stream(name, { complete: false });
  const partial = {
    outcome: 'partial',
    streams: [stream('a'), open_('b'), open_('c')],
    errors: [error],
  } as const;

  test('one opens with the streams that are left, is counted on, and a success resolves it', async () => {
    const letters = await after(partial, { ...partial, streams: [open_('b'), stream('c')] });
    expect(await letters.list('acme')).toMatchObject([
      {
        job: 'j',
        opened: 5,
        openedBy: 1,
        lastAt: 15,
        lastRun: 2,
        runs: 2,
        streams: [{ name: 'b' }],
        errors: [error],
      },
    ]);
    expect((await letters.list('acme'))[0]?.options).toEqual({ check: true, streams: ['b'] });
    const resolved = await after(partial, { outcome: 'complete', streams: [stream('a')] });
    expect(await resolved.list('acme')).toEqual([]);
    expect(await resolved.list('acme', true)).toMatchObject([
      { resolved: 15, resolvedBy: 2, resolution: 'success' },
    ]);
  });

  test('a run of some streams resolves only those', async () => {
    const narrowed = (...streams: string[]): Partial<RunEntry> => ({
      outcome: 'complete',
      options: { check: true, streams },
      streams: streams.map((name) => stream(name)),
    });
    const some = await after(partial, narrowed('b'));
    expect((await some.list('acme'))[0]).toMatchObject({
      streams: [{ name: 'c' }],
      runs: 1,
      errors: [error],
    });
    expect(await (await after(partial, narrowed('b'), narrowed('c'))).list('acme')).toEqual([]);
  });

  test('a run that failed before its streams were known is done by a run of everything', async () => {
    const failed = { outcome: 'failed', streams: [], errors: [error] } as const;
    expect((await (await after(failed)).list('acme'))[0]).not.toHaveProperty('streams');
    const narrowed = {
      outcome: 'complete',
      options: { check: true, streams: ['a'] },
      streams: [stream('a')],
    } as const;
    expect(await (await after(failed, narrowed)).list('acme')).toHaveLength(1);
    expect(await (await after(failed, { outcome: 'complete', streams: [stream('a')] })).list('acme')).toEqual(
      [],
    );
  });

  test('an interrupted run opens none; a backfill has its own; a dropped one stays dropped', async () => {
    expect(await (await after({ outcome: 'interrupted', streams: [open_('a')] })).list('acme')).toEqual([]);
    const backfill = { check: true, backfill: { since: '2026-01-01', scope: 'b' } };
    const letters = await after(
      partial,
      { ...partial, options: backfill },
      { outcome: 'complete', streams: [] },
    );
    const [left] = await letters.list('acme');
    expect(left).toMatchObject({ openedBy: 2, options: { streams: ['b', 'c'], ...backfill } });
    expect(await letters.drop('acme', left!.id, 99)).toBe(true);
    expect(await letters.drop('acme', left!.id, 99)).toBe(false);
    expect(await letters.list('acme')).toEqual([]);
  });
});
