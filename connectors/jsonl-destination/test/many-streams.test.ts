import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Bench, record, state } from './process.ts';
import { storedLines } from './stored.ts';

const STREAMS = 250;
/** Node itself has some 25 of them open, and a program that listens to a pipe has more on other systems. */
const OPEN_FILES = 160;

// In memory where that can be had: each of so many files is synced.
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'headrace-many-'));
let bench: Bench;
afterEach(() => {
  bench.remove();
  rmSync(folder, { recursive: true, force: true });
});

it.each(['none', 'zstd'])(
  'more streams than the process may have files: %s',
  async (compression) => {
    bench = new Bench();
    const names = Array.from({ length: STREAMS }, (_, k) => `s${k}`);
    const config = { path: folder, compression, commit_mb: 0.01 };
    const running = bench.start(['write'], config, { HEADRACE_BLOCK_BYTES: '16384' }, `-n ${OPEN_FILES}`);
    const rounds = [1, 2].map((at) =>
      [...names.map((name) => record(name, { at })), ...names.map((name) => state(name, at))].join(''),
    );
    running.child.stdin?.end(rounds.join(''));
    const { code, stdout } = await running.ended;
    expect(stdout.split('\n').filter((line) => line.includes('"ERROR"'))).toEqual([]);
    expect(code).toBe(0);
    expect(storedLines(folder)).toHaveLength(2 * STREAMS);
  },
  60_000,
);
