import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTestApi, type TestLimit } from '@headrace/sdk/testing';
import { environment } from '../processes.ts';
import type { Section } from './part.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const PARTITIONS = 10_000;
const RECORDS = 10;
const LATENCY_MS = 200;
const RPS = 50;

interface Case {
  readonly name: string;
  readonly limit: TestLimit;
  /** Minimum share of the allowed rate to aim for. */
  readonly aim: number;
  /** Limits that the source is configured with. */
  readonly config?: object;
}

const fixed = { rps: RPS, window: 'fixed' } as const;
const CASES: readonly Case[] = [
  { name: 'configured', limit: fixed, aim: 0.95, config: { requests_per_second: RPS } },
  { name: '`X-RateLimit-*` on every answer', limit: { ...fixed, style: 'x-ratelimit' }, aim: 0.95 },
  { name: '`RateLimit`, `RateLimit-Policy`', limit: { ...fixed, style: 'ratelimit' }, aim: 0.95 },
  { name: 'found: 429 with Retry-After', limit: { ...fixed, style: 'retry-after' }, aim: 0.75 },
  { name: 'found: bare 429, bucket of 10', limit: { rps: RPS, window: 'bucket', burst: 10 }, aim: 0.75 },
];

interface Run {
  /** Share of the allowed request rate that was used while there was work. */
  readonly share: number;
  readonly throttledPerThousand: number;
  /** MB */
  readonly rss: number;
  readonly seconds: number;
}

/** 10,000 small partitions behind a rate limit: the used share of the allowed rate, and its cost. */
export async function limits(): Promise<Section> {
  const rows: string[][] = [];
  const missed: string[] = [];
  // Run concurrently, because each mostly waits.
  const runs = await Promise.all(CASES.map(measure));
  for (const [k, one] of CASES.entries()) {
    const { share, throttledPerThousand, rss, seconds } = runs[k]!;
    rows.push([
      one.name,
      share.toFixed(2),
      throttledPerThousand.toFixed(1),
      `${Math.round(rss)} MB`,
      `${Math.round(seconds)} s`,
    ]);
    if (share < one.aim || throttledPerThousand > 20) missed.push(one.name);
  }
  return {
    title: 'Many partitions behind a rate limit',
    about:
      `${PARTITIONS.toLocaleString('en')} partitions of ${RECORDS} records of 1 kB, an API that takes ${LATENCY_MS} ms to answer and allows ${RPS} requests a second in fixed windows (a token bucket in the last row), at most 32 requests under way. ` +
      'Achieved: answered requests per second from the first request to the last, of those allowed.',
    head: ['the limit is', 'achieved ÷ allowed', 'throttled of 1,000', 'peak RSS', 'wall time'],
    rows,
    verdict: `Aim: at least 0.95 where the limit is configured or in headers, 0.75 where it must be found, at most 20 throttled. ${missed.length === 0 ? 'Reached.' : `Missed: ${missed.join(', ')}.`}`,
  };
}

async function measure({ limit, config }: Case): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-bench-'));
  const api = await startTestApi({ partitions: PARTITIONS, records: RECORDS, latencyMs: LATENCY_MS, limit });
  try {
    const file = join(folder, 'c.json');
    writeFileSync(file, JSON.stringify({ base_url: api.url, token: api.token, concurrency: 32, ...config }));
    const report = join(folder, 'report');
    const source = here('../../sdk/test/reference-source/main.ts');
    const flags = process.execArgv.filter((flag) => flag.startsWith('--conditions'));
    const child = spawn(
      process.execPath,
      ['--require', here('cpu-report.cjs'), ...flags, source, 'read', '--config', file, '--streams', 'items'],
      { env: environment({ CPU_REPORT: report }), stdio: ['ignore', 'pipe', 'inherit'] },
    );
    child.stdout.resume();
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`the reference source ended with ${code}`);
    const { first, last, answered, throttled, requests } = api.stats();
    const seconds = (last - first) / 1000;
    const { rss } = JSON.parse(readFileSync(report, 'utf8')) as { rss: number };
    return {
      share: answered / seconds / RPS,
      throttledPerThousand: (1000 * throttled) / requests,
      rss,
      seconds,
    };
  } finally {
    await api.stop();
    rmSync(folder, { recursive: true });
  }
}
