import { execFileSync } from 'node:child_process';
import { mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { diceOf } from './hostile-input.ts';
import { acknowledgedBy, committed, type Positions, STREAMS, source, stored, upTo } from './ledger.ts';
import { Bench } from './process.ts';

/** In a marathon the disk is a small file system of its own, which takes root; else no file may grow any more. */
const LONG = process.env.HEADRACE_LONG !== undefined;
const POINTS = LONG ? 20 : 2;
const TOTAL = LONG ? 4000 : 1500;
const KNOBS = { HEADRACE_BLOCK_BYTES: '8192' };

let bench: Bench;
let mounted = false;
afterEach(() => {
  if (mounted) execFileSync('umount', [bench.path]);
  mounted = false;
  bench.remove();
});

const WAYS = [
  { layout: 'partitioned', compression: 'zstd' },
  { layout: 'partitioned', compression: 'none' },
  { layout: 'flat', compression: 'none' },
  { layout: 'partitioned', compression: 'gzip' },
] as const;

function mount(megabytes: number, how = ''): void {
  mkdirSync(bench.path, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `${how}size=${megabytes}m`, 'tmpfs', bench.path]);
  mounted = true;
}

/** Takes room away, so that it is not always a data file that gets none. */
function fillTo(bytesLeft: number): void {
  const { bavail, bsize } = statfsSync(bench.path);
  writeFileSync(join(bench.path, 'ballast'), Buffer.alloc(Math.max(0, bavail * bsize - bytesLeft)));
}

for (let point = 1; point <= POINTS; point++) {
  const dice = diceOf(point);
  const way = WAYS[point % WAYS.length]!;
  // Compressed, all of it is 130 kB; the journal alone takes 70.
  const most = way.compression === 'none' ? 700 : 65;
  const kilobytes = LONG ? 60 + dice(most) : 100 + dice(60);
  it(`full after ${kilobytes} kB, ${way.layout}, ${way.compression}: nothing acknowledged is missing, and it goes on`, {
    timeout: 120_000,
  }, async () => {
    bench = new Bench();
    const config = {
      ...way,
      source: 's',
      envelope: 'none',
      commit_mb: 0.02,
      commit_seconds: 0.02,
      max_file_mb: 0.05,
    };
    let acknowledged: Positions = {};
    if (LONG) {
      mount(8);
      fillTo(kilobytes * 1000);
    }
    // In blocks of 512 bytes; the journal of so few files stays below.
    const ulimit = LONG ? undefined : `-f ${2 * kilobytes}`;
    const full = bench.start(['write'], { ...config, ...(LONG ? {} : { max_file_mb: 1 }) }, KNOBS, ulimit);
    for (const text of source({}, TOTAL)) await full.write(text);
    full.child.stdin?.end();
    const { code, stdout, stderr } = await full.ended;
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toContain('"type":"ERROR"');
    acknowledged = acknowledgedBy(full, acknowledged);
    const from = await committed(bench);
    for (const name of STREAMS) expect(from[name] ?? 0).toBeGreaterThanOrEqual(acknowledged[name] ?? 0);
    // There is room again: the next run repairs what is there and goes on from what was committed.
    if (LONG) mount(64, 'remount,');
    const next = await bench.run(['write'], [...source(from, TOTAL)].join(''), config, KNOBS);
    expect([next.code, next.stderr]).toEqual([0, '']);
    expect(stored(bench)).toEqual({ a: upTo(TOTAL), b: upTo(TOTAL) });
  });
}
