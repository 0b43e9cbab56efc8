import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, pipe, program, type Section } from './part.ts';

const SIZES = [1000, 4000, 20_000];
/** Large enough that the start-up time (0.3 s of CPU) hardly matters. */
const BYTES = 1e9;
const ROUNDS = 3;
const WAYS = [
  { compression: 'none', level: 1 },
  { compression: 'gzip', level: 1 },
  { compression: 'zstd', level: 1 },
  { compression: 'zstd', level: 3 },
] as const;

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const REPORT = here('cpu-report.cjs');
const DESTINATION = here('../../connectors/jsonl-destination/dist/main.js');

/** Resources used by a process. */
interface Used {
  /** CPU time in seconds, over all threads. */
  readonly cpu: number;
  readonly wall: number;
  /** Peak resident memory in MB. */
  readonly rss: number;
}

/** Writing messages to files, compared with the compressor alone and with `cat`. */
export async function storing(): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-bench-'));
  try {
    const rows: string[][] = [];
    const worst: Record<string, number> = {};
    for (const size of SIZES) {
      const lines = join(folder, 'lines');
      await pipe('out="$1"; shift; "$@" > "$out"', [lines, ...program('make-messages.ts', [size, BYTES])]);
      const { size: bytes } = statSync(lines);
      const rounds: Array<Array<{ ours: Used; other: number }>> = [];
      for (let round = 0; round < ROUNDS; round++) rounds.push(await measureAll(folder, lines));
      WAYS.forEach(({ compression, level }, k) => {
        const of = rounds.map((round) => round[k]!);
        const ratio = median(
          of.map(({ ours, other }) => other / (compression === 'none' ? ours.wall : ours.cpu)),
        );
        const rate = (seconds: (used: Used) => number): string =>
          `${Math.round(median(of.map(({ ours }) => bytes / seconds(ours) / 1e6)))} MB`;
        worst[compression] = Math.min(worst[compression] ?? Number.POSITIVE_INFINITY, ratio);
        rows.push([
          `${size / 1000} kB`,
          compression === 'none' ? 'none' : `${compression} ${level}`,
          rate(({ cpu }) => cpu),
          rate(({ wall }) => wall),
          ratio.toFixed(2),
        ]);
      });
    }
    const measured = Object.entries(worst).map(([name, ratio]) => `${name} ${ratio.toFixed(2)}`);
    return {
      title: 'Messages to files',
      about:
        '`cat LINES | jsonl-destination write`, envelope `flat`, a STATE after every 1,000 records; start-up, the checks of every line, sha256, commits and fsync included. ' +
        'gzip and zstd: seconds of CPU that the compressor alone (a Node program with the same library, over blocks of 1 MiB of the same lines, into a file) takes, divided by ours. ' +
        'none: the time that `cat LINES | cat > f && sync f` takes, divided by ours.',
      head: ['record', 'compression', 'a second of CPU', 'a second', 'of the compressor, of cat'],
      rows,
      verdict: `Aim: at least 0.8 of gzip, 0.5 of zstd, 0.35 of cat. The least measured: ${measured.join(', ')}.`,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One round: the resources of each way, and the time of what it is compared with. */
async function measureAll(folder: string, lines: string): Promise<Array<{ ours: Used; other: number }>> {
  const out: Array<{ ours: Used; other: number }> = [];
  for (const { compression, level } of WAYS) {
    const alone = join(folder, 'alone');
    const other =
      compression === 'none'
        ? await seconds(() => pipe('cat "$1" | cat > "$2" && sync "$2"', [lines, alone]))
        : (await used(folder, [here('compress.mjs'), compression, String(level), lines, alone])).cpu;
    out.push({ ours: await store(folder, `cat '${lines}'`, compression, level), other });
  }
  return out;
}

const COUNTS = [10_000, 100_000, 5_000_000];

/** Peak memory of the destination, by number of records (invariant 8). */
export async function storingMemory(): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-bench-'));
  try {
    const rows: string[][] = [];
    let growth = 0;
    for (const compression of ['none', 'gzip', 'zstd']) {
      const peaks: number[] = [];
      for (const count of COUNTS) {
        const script = program('make-small-messages.ts', [count]).map((word) => `'${word}'`);
        peaks.push((await store(folder, script.join(' '), compression, 1)).rss);
      }
      growth = Math.max(growth, peaks.at(-1)! / peaks[0]!);
      rows.push([compression, ...peaks.map((peak) => `${Math.round(peak)} MB`)]);
    }
    return {
      title: 'Memory of the destination',
      about:
        'Peak resident memory (`ru_maxrss`) of `jsonl-destination write` by the number of records, 250 bytes each, a STATE after every 1,000. ' +
        'A run of ten thousand is over before the buffers that a longer one works with are all in use.',
      head: ['compression', ...COUNTS.map((count) => `${count.toLocaleString('en')} records`)],
      rows,
      verdict: `The most that 5 M records took, to 10,000: ${growth.toFixed(2)} ×.`,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs the destination on the output of a command, with a temporary folder. */
async function store(folder: string, source: string, compression: string, level: number): Promise<Used> {
  const path = join(folder, 'bronze');
  const config = join(folder, 'd.json');
  writeFileSync(
    config,
    JSON.stringify({ path, allow_ephemeral: true, source: 's', compression, compression_level: level }),
  );
  try {
    return await used(folder, [DESTINATION, 'write', '--config', config], source);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

/** Runs a script under this Node, optionally with its input piped from a command. */
async function used(folder: string, args: readonly string[], source?: string): Promise<Used> {
  const report = join(folder, 'cpu');
  const script = `report="$1"; shift; ${source === undefined ? '' : `${source} | `}CPU_REPORT="$report" "$@"`;
  const wall = await seconds(() => pipe(script, [report, process.execPath, '--require', REPORT, ...args]));
  const { cpu, rss } = JSON.parse(readFileSync(report, 'utf8')) as Omit<Used, 'wall'>;
  return { cpu, wall, rss };
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
