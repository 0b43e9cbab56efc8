import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench, record, state, status } from './process.ts';
import { dataFiles } from './stored.ts';

const settings = { source: 'jira', commit_mb: 0 };
const position = (at: string) => ({
  version: 1,
  origin: 'acme',
  partitions: { p1: { at }, p2: { at: 'x' } },
});
const stateOf = (stream: string, stream_state: object): string =>
  `${JSON.stringify({ type: 'STATE', state: { type: 'STREAM', stream: { stream_descriptor: { name: stream }, stream_state } } })}\n`;

let bench: Bench;
beforeAll(async () => {
  bench = new Bench();
  for (const run of [1, 2]) {
    const input = [
      status('issues', 'STARTED'),
      ...[1, 2, 3].map((id) => record('issues', { id, run: id === 1 ? run : 0 })),
      record('issues', 'no object'),
      stateOf('issues', position(`2026-11-2${run}`)),
      status('issues', 'COMPLETE'),
      status('users', 'STARTED'),
      record('users', { id: run }),
      state('users', run),
      status('users', 'COMPLETE'),
      status('lost', 'STARTED'),
      record('lost', { id: 1 }),
      status('lost', 'INCOMPLETE'),
    ].join('');
    const { code } = await bench.run(['write'], input, { ...settings, run_id: `r${run}` });
    expect(code).toBe(1);
  }
}, 60_000);
afterAll(() => bench.remove());

async function json<T>(...command: string[]): Promise<T> {
  const { code, stdout, stderr } = await bench.run([...command, '--json'], '', settings);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

describe('what is there', () => {
  it('manifest: the files that a reader may count on', async () => {
    const rows = await json<Array<Record<string, unknown>>>('manifest');
    expect(rows.map(({ stream, run_id, records }) => [stream, run_id, records])).toEqual([
      ['issues', 'r1', 3],
      ['issues', 'r2', 3],
      ['users', 'r1', 1],
      ['users', 'r2', 1],
    ]);
    for (const row of rows) {
      expect(row).toMatchObject({
        source: 'jira',
        status: 'complete',
        first_emitted_at: '2025-11-20T23:06:40.000Z',
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        compressed_bytes: readFileSync(join(bench.path, String(row.path))).length,
      });
    }
  });

  it('cursors: a row a partition, or one where the state is not ours', async () => {
    const rows = await json<Array<Record<string, unknown>>>('cursors');
    expect(rows.map(({ stream, partition, state, run_id }) => [stream, partition, state, run_id])).toEqual([
      ['issues', 'p1', '{"at":"2026-11-22"}', 'r2'],
      ['issues', 'p2', '{"at":"x"}', 'r2'],
      ['users', null, '{"at":2}', 'r2'],
    ]);
  });

  it('stats: what came is what was stored, quarantined and rolled back', async () => {
    const rows = await json<Array<Record<string, number>>>('stats');
    expect(rows).toMatchObject([
      {
        stream: 'issues',
        files: 2,
        records: 6,
        runs: 2,
        received: 8,
        stored: 6,
        quarantined: 2,
        rolled_back: 0,
      },
      {
        stream: 'lost',
        files: 0,
        records: 0,
        runs: 2,
        received: 2,
        stored: 0,
        quarantined: 0,
        rolled_back: 2,
      },
      {
        stream: 'users',
        files: 2,
        records: 2,
        runs: 2,
        received: 2,
        stored: 2,
        quarantined: 0,
        rolled_back: 0,
      },
    ]);
  });

  it('is a table for people', async () => {
    for (const verb of ['manifest', 'cursors', 'stats']) {
      const { code, stdout } = await bench.run([verb], '', settings);
      expect(code).toBe(0);
      expect(stdout).toMatch(/│ +(file|stream) +│/);
      expect(stdout).toContain('users');
    }
  });
});

it('verify and compact, then both again', async () => {
  const before = await json<{ files: number; records: number; problems: unknown[] }>('verify');
  // With the two files of what was quarantined.
  expect(before).toMatchObject({ files: 6, records: 10, problems: [] });
  const { code, stdout } = await bench.run(['compact'], '', settings);
  expect(code).toBe(0);
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(/^issues: 4 records, 2 files were replaced by 1, 2 copies dropped, .* kB → .* kB$/),
    expect.stringMatching(/^users: 2 records, 2 files were replaced by 1, 0 copies dropped, /),
    '',
  ]);
  expect(await json('verify')).toMatchObject({ files: 4, records: 8, problems: [] });
  const again = await bench.run(['compact'], '', settings);
  expect(again.stdout).toBe('issues: 4 records, nothing to do\nusers: 2 records, nothing to do\n');
});

it('verify says what is wrong and what to do, and ends with 1', async () => {
  const folder = join(bench.path, 'jira');
  const [file = ''] = dataFiles(folder);
  const bytes = readFileSync(join(folder, file));
  rmSync(join(folder, file));
  const { code, stdout } = await bench.run(['verify'], '', settings);
  writeFileSync(join(folder, file), bytes);
  expect(code).toBe(1);
  expect(stdout).toContain(`✗ missing  jira/${file}\n    it is gone\n    → restore it from a copy`);
  expect(stdout).toMatch(/✗ 1 problem in 4 files with 8 records/);
});

describe('which source', () => {
  it('is the flag’s, the option’s, else the only one; several are listed', async () => {
    const input = `${record('a', { k: 1 })}${state('a', 1)}`;
    await bench.run(['write', '--source', 'other'], input, { run_id: 'r1' });
    for (const verb of ['stats', 'verify', 'compact']) {
      const { code, stdout, stderr } = await bench.run([verb]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('several sources were written here: jira, other');
    }
    const { stdout } = await bench.run(['stats', '--source', 'other', '--json']);
    expect(JSON.parse(stdout)).toMatchObject([{ stream: 'a', records: 1 }]);
  });

  it('data that no journal knows is an error', async () => {
    rmSync(join(bench.path, '_headrace'), { recursive: true });
    for (const verb of ['stats', 'verify', 'compact']) {
      const { code, stderr } = await bench.run([verb]);
      expect(code).toBe(1);
      expect(stderr).toContain('there is data that no journal knows');
    }
    rmSync(bench.path, { recursive: true });
    const { code, stdout } = await bench.run(['manifest', '--json']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '[]\n' });
  });
});
