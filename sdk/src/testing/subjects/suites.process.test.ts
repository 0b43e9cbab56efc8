import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  type CheckResult,
  type DestinationSin,
  hostileDestination,
  hostileSource,
  type Only,
  readOutput,
  runDestinationConformance,
  runSourceConformance,
  type SourceSin,
  startTestApi,
  type TestApi,
} from '../index.ts';

/** The suites find what they are made to find: each mistake fails the checks of its rule. */
const NAIVE = fileURLToPath(new URL('naive-source.mjs', import.meta.url));

function naive(mistake: string, only: Only): Promise<CheckResult[]> {
  return runSourceConformance(
    {
      command: [process.execPath, NAIVE],
      env: { NAIVE: mistake },
      resumes: 6,
      start: async () => {
        const api = await startTestApi({
          partitions: 4,
          records: 30,
          pageSize: 10,
          perInstant: 4,
          recordBytes: 400,
          // JSON.parse is the mistake, and these ids reveal it.
          ids: mistake === 'ids-as-doubles' ? 'snowflake' : 'text',
        });
        let changes = 0;
        return {
          config: { base_url: api.url, token: api.token },
          counts: { groups: 4, items: 120 },
          badConfig: { base_url: api.url, token: 'a-wrong-token-0123456789' },
          baseUrl: api.url,
          change: () => {
            api.change(0, `g00000-00000${changes++}`);
            api.add(3);
          },
          stop: api.stop,
        };
      },
      withBaseUrl: (config: object, base_url) => ({ ...config, base_url }),
    },
    only,
  );
}

const failed = (results: readonly CheckResult[]): number[] =>
  results.filter(({ outcome }) => outcome === 'failed').flatMap(({ rules }) => rules);

describe('testSource', () => {
  it.concurrent.each<[mistake: string, rule: number, check?: RegExp]>([
    ['chatty', 19],
    ['same-order', 20],
    ['secret-unmarked', 20],
    ['check-crashes', 22, /bad credentials/],
    ['short-message', 22, /bad credentials/],
    ['cursor-not-there', 26],
    ['wrong-type', 47],
    ['undeclared-column', 47],
    ['seconds', 15],
    ['stderr', 18],
    ['takes-any-stream', 46],
    ['repeats-config', 7, /no JSON/],
    ['ignores-sigterm', 8],
    ['exits-143', 8],
    ['state-ahead', 39],
    ['after-max', 39],
    ['one-page', 34, /as many records/],
    ['ids-as-doubles', 34, /as many records/],
    ['forgets-state', 41, /second read/],
    ['read-once', 51, /brings a change/],
    ['no-retries', 32, /500, 502/],
    ['no-retries', 32, /connections/],
    ['empty-is-fine', 34, /cut and empty/],
    ['object-is-fine', 34, /another shape/],
    ['ends-at-repeat', 34, /comes twice/],
    ['by-offset,trusts-offsets', 34, /comes twice/],
    ['ignores-retry-after', 31, /obeyed/],
    ['silent-waits', 31, /obeyed/],
    ['401-is-system', 33],
    ['swallows-404', 34, /404/],
    ['swallows-403', 34, /403/],
    ['swallows-400', 34, /400/],
    ['complete-anyway', 30],
    ['stops-at-failure', 30],
    ['error-without-stream', 30],
    ['exit-0', 30],
    ['logs-requests', 14],
    ['repeats-answers', 14],
  ])('finds %s (line %i)', async (mistake, rule, check) => {
    expect(failed(await naive(mistake, [check ?? rule]))).toContain(rule);
  });

  it.concurrent('goes by what held still, of a live API whose data change with every request', async () => {
    const read = (live: boolean, only: Only): Promise<CheckResult[]> =>
      runSourceConformance(
        {
          command: [process.execPath, NAIVE],
          live,
          start: async () => {
            let asked = 0;
            const api: TestApi = await startTestApi({
              partitions: 1,
              records: 30,
              recordBytes: 400,
              clock: () => {
                if (asked > 0) api.change(0, `g00000-0000${10 + (asked % 20)}`, Date.now());
                asked++;
                return Date.now();
              },
            });
            return { config: { base_url: api.url, token: api.token }, baseUrl: api.url, stop: api.stop };
          },
          withBaseUrl: (config: object, base_url) => ({ ...config, base_url }),
        },
        only,
      );
    const outcomes = (results: readonly CheckResult[]) => results.map(({ outcome }) => outcome);
    expect(outcomes(await read(false, [45]))).toEqual(['failed']);
    expect(outcomes(await read(true, [45, /500, 502/, /UTF-8 are/]))).toEqual([
      'passed',
      'passed',
      'skipped',
    ]);
  });

  it.concurrent('finds nothing of the kind where no such mistake was made', async () => {
    const rules = [
      7,
      8,
      9,
      14,
      15,
      18,
      19,
      20,
      22,
      26,
      30,
      33,
      39,
      40,
      41,
      45,
      46,
      47,
      51,
      /400/,
      /500, 502/,
      /obeyed/,
      /as many/,
      /comes twice/,
    ];
    const results = await naive('', rules);
    expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    // A whole suite, one check after the other.
  }, 300_000);

  it.concurrent('passes a source that counts the rows of pages by offset', async () => {
    const results = await naive('by-offset', [/comes twice/]);
    expect(results.map(({ outcome }) => outcome)).toEqual(['passed']);
  });

  it.concurrent.each<[sin: SourceSin, rule: number]>([
    ['counts-too-many', 36],
    ['no-counts', 36],
    ['no-states', 35],
    ['equal-states', 38],
    ['legacy-states', 37],
    ['mixed-states', 37],
    ['foreign-records', 13],
    ['records-after-complete', 29],
    ['no-complete', 29],
    ['garbage', 10],
    ['empty-records', 12],
    ['carriage-returns', 11],
    ['stderr-storm', 18],
    ['no-newline-at-end', 10],
  ])('finds a source that sins: %s (line %i)', async (sin, rule) => {
    const subject = {
      command: hostileSource({ sins: [sin] }),
      start: async () => ({ config: {}, stop: () => undefined }),
    };
    expect(failed(await runSourceConformance(subject, [rule]))).toContain(rule);
  });
});

describe('testDestination', () => {
  function sinning(options: Parameters<typeof hostileDestination>[0], only: Only): Promise<CheckResult[]> {
    const folder = mkdtempSync(join(tmpdir(), 'headrace-sinner-'));
    const file = join(folder, 'kept.jsonl');
    return runDestinationConformance(
      {
        command: hostileDestination({ file, ...options }),
        kills: 3,
        start: async () => ({
          config: {},
          stored: () => kept(file),
          stop: () => rmSync(file, { force: true }),
        }),
      },
      only,
    ).finally(() => rmSync(folder, { recursive: true }));
  }

  function kept(file: string): Array<{ stream: string; data: unknown }> {
    let bytes: Buffer;
    try {
      bytes = readFileSync(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    return readOutput(bytes).records.map(({ stream, text }) => ({
      stream,
      data: JSON.parse(text) as unknown,
    }));
  }

  it.concurrent.each<[sin: DestinationSin, rule: number]>([
    ['never-echoes', 52],
    ['echoes-twice', 53],
    ['echoes-out-of-order', 53],
    ['echoes-altered', 52],
    ['counts-too-few', 55],
    ['garbage', 10],
    ['no-newline-at-end', 10],
    ['ignores-sigterm', 8],
    ['stderr-storm', 18],
  ])('finds a destination that sins: %s (line %i)', async (sin, rule) => {
    expect(failed(await sinning({ sins: [sin] }, [rule]))).toContain(rule);
  });

  it.concurrent('finds one that stores nothing, one that ends with 1, one that says yes to every end', async () => {
    expect(failed(await sinning({ file: undefined }, [54, 57, 64]))).toEqual(
      expect.arrayContaining([54, 57, 64]),
    );
    expect(failed(await sinning({ exit: 1 }, [64]))).toContain(64);
    expect(failed(await sinning({}, [7]))).toContain(7);
  });

  it.concurrent('finds nothing of the kind where no such sin was done', async () => {
    const results = await sinning({}, [10, 18, 53, 55, 57, 64]);
    expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
  });
});
