import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readState, type StateToCommit } from '@headrace/sdk';
import { afterEach, beforeEach, expect, it } from 'vitest';
import destination from '../src/destination.ts';
import { Journal } from '../src/journal/journal.ts';
import { manifestRows } from '../src/tables/manifest-rows.ts';
import { verify } from '../src/verify/verify.ts';
import { settingsOf, writeStreams } from './run.ts';
import { env } from './store.ts';
import { storedLines } from './stored.ts';

let folder = '';
let root = '';
beforeEach(() => {
  // In memory where that can be had: so many files are synced.
  folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'headrace-odd-'));
  root = join(folder, 'bronze');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function checked(source = 's'): Promise<string[]> {
  const journal = (await Journal.openToRead(root))!;
  const problems: unknown[] = [];
  await verify({ root, journal, source, report: (problem) => problems.push(problem) });
  expect(problems).toEqual([]);
  const paths = [...manifestRows(journal, source)].map(({ path }) => path);
  journal.close();
  return paths;
}

async function printed(source = 's'): Promise<string> {
  let text = '';
  const out = (line: string) => (text += line);
  const call = { config: settingsOf(root, { source }), options: {}, out, env };
  await destination.verbs!.find(({ name }) => name === 'state')!.run(call);
  return text;
}

it('a clock that jumps ahead and back: lines and files keep the order in which they came', async () => {
  const clock = [
    '2026-11-30T12:00:00Z',
    '2031-01-01T00:00:00Z',
    '1970-01-01T00:00:10Z',
    '2026-11-30T12:00:00Z',
  ];
  for (const [k, time] of clock.entries()) {
    const now = () => Date.parse(time);
    await writeStreams(
      root,
      { t: [`{"id":1,"run":${k}}`] },
      { envelope: 'none', run_id: undefined },
      {
        now,
        random: () => k / 10,
      },
    );
  }
  const days = (await checked()).map((path) => /\d{4}\/\d\d\/\d\d/.exec(path)?.[0]);
  expect(days).toEqual(['2026/11/30', '2031/01/01', '1970/01/01', '2026/11/30']);
  // Of one key the last that came stays, whatever the time was.
  const asked = {
    syncMode: 'incremental',
    destinationSyncMode: 'append_dedup',
    primaryKey: [['id']],
  } as const;
  await writeStreams(root, { t: ['{"id":2,"run":4}'] }, { envelope: 'none', run_id: 'last' }, { asked });
  expect(
    storedLines(root)
      .map((line) => JSON.parse(line).run)
      .sort(),
  ).toEqual([3, 4]);
});

it('streams and sources of any name stay apart and inside, with their states', async () => {
  const names = [
    ...[
      'a/b',
      '..',
      '.',
      '',
      'A',
      'a',
      'con',
      'x'.repeat(300),
      `${'x'.repeat(299)}y`,
      '名前',
      'emoji 🚀',
      'a.b',
    ],
    ...['_hidden', 'a\0b', 'a\nb', '%41', 'tab\t', 'C:\\x', '../../etc/passwd', '-rf', "'; drop"],
    ...['\ud83d', '\ud83e', '\ufffd', '\ude00\ud83d', 'constructor', '__proto__', 'a%2Fb', 'ａ', 'a ', ' a'],
  ];
  for (const source of ['My Source/../x', '_headrace', '_quarantine', 'manifest.parquet', ' ', '..']) {
    const state = (name: string) =>
      readState(
        JSON.stringify({
          type: 'STREAM',
          stream: { stream_descriptor: { name }, stream_state: { of: name } },
        }),
      ) as StateToCommit;
    // Built one by one: `__proto__` in an object literal is something else.
    const streams = Object.fromEntries(names.map((name) => [name, [JSON.stringify({ n: name })]]));
    const given = { source, envelope: 'none', run_id: undefined } as const;
    await writeStreams(root, streams, given, { states: names.map(state) });
    const paths = await checked(source);
    expect(new Set(paths).size).toBe(names.length);
    const states = JSON.parse(await printed(source)) as Array<{ stream: { stream_state: { of: string } } }>;
    expect(states.map(({ stream }) => stream.stream_state.of).sort()).toEqual([...names].sort());
  }
  expect(readdirSync(folder)).toEqual(['bronze']);
  const others = readdirSync(root).filter((name) => !name.includes('%'));
  expect(others.sort()).toEqual(['_headrace', 'cursors.parquet', 'manifest.parquet']);
});

it.each([
  '{"type":"LEGACY","data":{"a":{"last":9007199254740993},"b":{"x":1.0,"y":1e400}}}',
  '{"type":"GLOBAL","global":{"shared_state":{"lsn":12345678901234567890},"stream_states":[{"stream_descriptor":{"name":"a"},"stream_state":{"n":1.0}}]}}',
  '{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"},"stream_state":{"n":-0,"s":"\\ud83d","at":1.50}}}',
])('a state is printed byte for byte: %s', async (json) => {
  await writeStreams(root, { a: ['{"id":1}'] }, {}, { states: [readState(json)!] });
  expect(await printed()).toBe(`[${json.slice(0, -1)},"commit":1}]`);
});

it('append_dedup tells values as a vendor means them', async () => {
  const asked = {
    syncMode: 'incremental',
    destinationSyncMode: 'append_dedup',
    primaryKey: [['id']],
    cursorField: ['u'],
  } as const;
  const lines = [
    '{"id":1,"u":"2026-11-30T10:00:00Z","v":"kept"}',
    '{"id":1,"u":"2026-11-30T11:30:00+02:00","v":"older, though later by its text"}',
    '{"id":"1","u":"2026-11-30T12:00:00Z","v":"kept"}',
    '{"id":2,"u":null,"v":"no cursor"}',
    '{"id":2,"u":"2026-01-01","v":"kept"}',
    '{"id":null,"u":"2026-01-01","v":"kept"}',
    '{"u":"2026-01-01","v":"kept"}',
    '{"id":12345678901234567891,"u":"1","v":"kept"}',
    '{"id":12345678901234567890,"u":"2","v":"kept"}',
    '{"id":3,"u":"2026-11-30 10:00:00","v":"kept"}',
    '{"id":3,"u":"2026-11-30T09:00:00Z","v":"older"}',
    '{"id":5,"u":1764540000,"v":"older"}',
    '{"id":5,"u":1764540000000,"v":"kept"}',
  ];
  await writeStreams(root, { t: lines }, { envelope: 'none' }, { asked });
  expect(storedLines(root)).toEqual(lines.filter((line) => line.includes('"kept"')));
});
