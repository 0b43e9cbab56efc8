import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** One part of the benchmarks: a section of docs/benchmarks.md. */
export interface Section {
  readonly title: string;
  /** What was compared, in a few sentences of Markdown. */
  readonly about: string;
  readonly head: readonly string[];
  readonly rows: ReadonlyArray<ReadonlyArray<string>>;
  /** One line: the aim, and whether it was reached. */
  readonly verdict: string;
}

export type Part = () => Promise<Section>;

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Medians of the figures, and of their ratios to the first one in the same round. */
export interface Compared {
  readonly figures: readonly number[];
  /** The first figure divided by each of the others, in order; the first ratio is 1. */
  readonly ratios: readonly number[];
}

/**
 * Measures several ways in turn, `rounds` times. Ratios are computed within a round, because the speed of the machine
 * changes from one minute to the next.
 */
export async function compare(rounds: number, ...ways: Array<() => Promise<number>>): Promise<Compared> {
  const measured: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    const figures: number[] = [];
    for (const way of ways) figures.push(await way());
    measured.push(figures);
  }
  return {
    figures: ways.map((_, i) => median(measured.map((figures) => figures[i]!))),
    ratios: ways.map((_, i) => median(measured.map((figures) => figures[0]! / figures[i]!))),
  };
}

/** The command that starts a program of test/bench under this Node. */
export function program(name: string, args: ReadonlyArray<string | number>): [string, ...string[]] {
  const flags = process.execArgv.filter((flag) => flag.startsWith('--conditions'));
  return [process.execPath, ...flags, fileURLToPath(new URL(name, import.meta.url)), ...args.map(String)];
}

/**
 * Runs a shell pipe with `args` as `$1`, `$2`, …. Returns the JSON that it prints to stderr, or `{}` if it prints
 * none.
 */
export async function pipe(script: string, args: readonly string[]): Promise<{ [name: string]: number }> {
  const child: ChildProcess = spawn('sh', ['-c', script, 'sh', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${text}`);
  return text === '' ? {} : JSON.parse(text);
}

export const mb = (perSecond: number): string => `${Math.round(perSecond)} MB/s`;
export const times = (ratio: number): string => `${ratio.toFixed(ratio < 3 ? 2 : 1)} ×`;
