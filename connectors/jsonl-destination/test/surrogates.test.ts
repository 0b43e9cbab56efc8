import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordLine } from '@headrace/sdk/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Journal } from '../src/journal/journal.ts';
import { hasSurrogates, loneSurrogates, replaced } from '../src/lines/surrogates.ts';
import { verify } from '../src/verify/verify.ts';
import { writeStreams } from './run.ts';
import { env } from './store.ts';
import { storedLines } from './stored.ts';

const count = (json: string) => {
  const bytes = Buffer.from(json);
  const found = loneSurrogates(bytes).length;
  if (found > 0) expect(hasSurrogates(bytes)).toBe(true);
  return found;
};

describe('half a character', () => {
  it.each([
    ['{"a":"cut \\ud83d"}', 1],
    ['{"a":"\\uD83D"}', 1],
    ['{"a":"\\uDe00 tail"}', 1],
    ['{"\\ud83d":1}', 1],
    ['{"a":"\\ud83d\\ude00"}', 0],
    ['{"a":"\\uD83d\\uDE00"}', 0],
    ['{"a":"\\ude00\\ud83d"}', 2],
    ['{"a":"\\ud83d\\ud83d\\ude00"}', 1],
    ['{"a":"\\ud83d\\ude00\\ude00"}', 1],
    ['{"a":"\\ud83d x\\ude00"}', 2],
    ['{"a":"\\ud83d\\n\\ude00"}', 2],
    ['{"a":"\\\\ud83d"}', 0],
    ['{"a":"\\\\\\ud83d"}', 1],
    ['{"a":"\\ud83d\\\\ude00"}', 1],
    ['{"a":"\\ud83d","b":"\\ude00"}', 2],
    ['{"a":"\\u0000\\ud7ff\\ue000"}', 0],
    ['{"a":"plain"}', 0],
  ])('%s: %i', (json, expected) => {
    expect(() => JSON.parse(json)).not.toThrow();
    expect(count(json)).toBe(expected);
  });

  it('is found where JavaScript finds it, and what stands in its place is what JavaScript puts there', () => {
    const unit = fc.constantFrom(
      '\\ud83d',
      '\\uDE00',
      '\\\\',
      '\\"',
      '\\u0041',
      '\\ud8',
      'x',
      'ud83d',
      'ö',
      '😀',
    );
    const text = fc
      .array(unit, { maxLength: 8 })
      .map((units) => units.map((one) => (one === '\\ud8' ? '\\ud800' : one)).join(''));
    fc.assert(
      fc.property(text, text, (a, b) => {
        const json = `{"k":"${a}","${b}":[0]}`;
        const data = JSON.parse(json) as Record<string, unknown>;
        expect(count(json) > 0).toBe(!isWhole(data));
        if (count(json) === 0) return;
        const whole = JSON.parse(replaced(RecordLine.of('s', json)).data.toString()) as Record<
          string,
          unknown
        >;
        expect(Object.entries(whole)).toEqual(
          Object.entries(
            Object.fromEntries(
              Object.entries(data).map(([name, value]) => [
                name.toWellFormed(),
                typeof value === 'string' ? value.toWellFormed() : value,
              ]),
            ),
          ),
        );
      }),
    );
  });

  const isWhole = (data: Record<string, unknown>) =>
    Object.entries(data).every(
      ([name, value]) => name.isWellFormed() && (typeof value !== 'string' || value.isWellFormed()),
    );
});

it('meta.changes names the fields, behind what the source said', () => {
  const meta = Buffer.from('{"changes":[{"field":"x","change":"NULLED","reason":"R"}]}');
  const json = '{"ok":"\\ud83d\\ude00","a":{"b":["x","\\ud83d"]},"k\\ude00":1}';
  const record = replaced(RecordLine.of('s', json, { meta, emittedAt: 5 }));
  expect(record.data.toString()).toBe('{"ok":"\\ud83d\\ude00","a":{"b":["x","\\ufffd"]},"k\\ufffd":1}');
  expect(record.emittedAt).toBe(5);
  const said = { change: 'TRUNCATED', reason: 'DESTINATION_SERIALIZATION_ERROR' };
  expect(JSON.parse(Buffer.from(record.meta!).toString())).toEqual({
    changes: [
      { field: 'x', change: 'NULLED', reason: 'R' },
      { field: 'k\ufffd', ...said },
      { field: 'a.b.1', ...said },
    ],
  });
});

describe('in a run', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'headrace-half-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const LINES = ['{"k":1,"t":"cut \\ud83d"}', '{"k":2,"t":"\\ud83d\\ude00"}', '{"k":3,"\\uDE00":0}', '[1]'];

  async function run(given: object): Promise<{ warnings: string[]; lone: unknown; problems: unknown[] }> {
    const warnings: string[] = [];
    const log = { ...env.log, warn: (message: string) => warnings.push(message) };
    await writeStreams(root, { a: LINES, b: ['{"k":1}'] }, { envelope: 'none', ...given }, { log });
    const journal = (await Journal.openToRead(root))!;
    const problems: unknown[] = [];
    const { loneSurrogates: lone } = await verify({
      root,
      journal,
      source: 's',
      report: (problem) => problems.push(problem),
    });
    journal.close();
    return { warnings, lone, problems };
  }

  it('is stored as it came, counted and told once a stream, and verify shows it', async () => {
    expect(await run({})).toEqual({
      warnings: [expect.stringMatching(/^a: 2 records contain lone surrogates, .*lone_surrogates: replace/)],
      lone: [{ path: expect.stringMatching(/^s\/a\//), records: 2 }],
      problems: [],
    });
    expect(storedLines(join(root, 's/a'))).toEqual(LINES.slice(0, 3));
  });

  it('is replaced where that is asked for', async () => {
    const { warnings, lone, problems } = await run({ lone_surrogates: 'replace', envelope: 'airbyte' });
    expect([warnings, lone, problems]).toEqual([[expect.stringContaining('was replaced by U+FFFD')], [], []]);
    const lines = storedLines(join(root, 's/a')).map((line) => JSON.parse(line));
    expect(lines.map(({ _airbyte_data }) => _airbyte_data)).toEqual([
      { k: 1, t: 'cut \ufffd' },
      { k: 2, t: '😀' },
      { k: 3, '\ufffd': 0 },
    ]);
    const fields = lines.map(({ _airbyte_meta: { changes } }) =>
      changes.map(({ field }: { field: string }) => field),
    );
    expect(fields).toEqual([['t'], [], ['\ufffd']]);
  });

  it('keys and cursors that differ in their half are different ones', async () => {
    const asked = {
      syncMode: 'incremental',
      destinationSyncMode: 'append_dedup',
      primaryKey: [['k']],
      cursorField: ['u'],
    } as const;
    const lines = [
      '{"k":"\\ud83d","u":"\\ud83e","n":1}',
      '{"k":"\\uD83D","u":"\\ud83d","n":2}',
      '{"k":"\\ud83e","u":"1","n":3}',
      '{"k":"\\ufffd","u":"1","n":4}',
      '{"k":"\\\\ud83d","u":"1","n":5}',
    ];
    await writeStreams(root, { a: lines }, { envelope: 'none' }, { asked });
    expect(storedLines(root).map((line) => JSON.parse(line).n)).toEqual([1, 3, 4, 5]);
  });
});
