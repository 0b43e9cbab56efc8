import { describe, expect, test } from 'vitest';
import type { RunEntry } from '../engine/ports.ts';
import { sparkline } from '../terminal/report-page.ts';
import { reportHtml } from './html.ts';
import { DAY_MS, dayNames, firstDay, jobReport, type Report } from './report.ts';

const NOW = Date.UTC(2026, 10, 20, 15, 30);
const JOB = { tenant: 'acme', job: 'j', source: 'a-source', destination: 'a-destination' };

let number = 100;
/** A run that began so many days ago; the newest is made first. */
function run(daysAgo: number, over: Partial<RunEntry>, streams: object[] = []): RunEntry {
  const started = NOW - daysAgo * DAY_MS;
  const stream = { name: 's', committed: 10, bytes: 100, rejected: 0, complete: true };
  return {
    number: number--,
    started,
    ended: started + 1000,
    outcome: 'complete',
    errors: [],
    streams: streams.length > 0 ? streams.map((one) => ({ ...stream, ...one })) : [stream],
    ...over,
  } as never;
}

describe('a report', () => {
  test('has each day, today included, in UTC', () => {
    expect(dayNames(NOW, 3)).toEqual(['2026-11-18', '2026-11-19', '2026-11-20']);
    expect(firstDay(NOW, 1)).toBe(Date.UTC(2026, 10, 20));
  });

  test('sums runs by day and stream; the last run of a day says whether the stream is complete', () => {
    const runs = [
      run(0, { outcome: undefined, ended: undefined }, [{ committed: 1, complete: false }]),
      run(1, {}, [{ committed: 5 }, { name: 't', namespace: 'n', committed: 3 }]),
      run(1.1, { outcome: 'failed' }, [
        { committed: 2, complete: false, error: 'later mended', rejected: 4 },
      ]),
      run(2, { outcome: undefined, ended: undefined }, [{ committed: 0, complete: false }]),
      run(3, {}, [{ committed: 1000 }]),
    ];
    const report = jobReport(JOB, runs, runs[0]?.number, NOW, 3);
    expect(report.outcomes).toEqual({ running: 1, complete: 1, failed: 1, killed: 1 });
    expect(report.days).toEqual(['killed', 'failed', 'running']);
    expect(report.streams).toEqual([
      {
        name: 's',
        committed: [0, 7, 1],
        incomplete: [true, false, true],
        total: 8,
        bytes: 400,
        rejected: 4,
        lastComplete: NOW - DAY_MS + 1000,
      },
      expect.objectContaining({
        name: 't',
        namespace: 'n',
        committed: [0, 3, 0],
        incomplete: [false, false, false],
      }),
    ]);
  });

  test('says why the last run left a stream incomplete, and that there was no run', () => {
    const runs = [run(0, { outcome: 'partial' }, [{ complete: false, error: 'HTTP 500' }])];
    expect(jobReport(JOB, runs, undefined, NOW, 2).streams[0]).toMatchObject({ error: 'HTTP 500' });
    expect(jobReport(JOB, [], undefined, NOW, 2)).toMatchObject({
      days: [undefined, undefined],
      streams: [],
    });
  });
});

test('as HTML it has nothing of strangers but text, and needs nothing from elsewhere', () => {
  const evil = '</title><script>alert("x")</script>\u001b[2J\u202e&\' onload=x';
  const job = jobReport(
    { tenant: evil, job: evil, source: evil, destination: evil },
    [
      run(0, { errors: [{ code: 'a.b', message: evil, hint: evil }] as never }, [
        { name: evil, namespace: evil, complete: false, error: evil },
      ]),
    ],
    undefined,
    NOW,
    30,
  );
  const problem = { code: evil, path: evil, what: evil, hint: evil };
  const report: Report = {
    at: NOW,
    days: dayNames(NOW, 30),
    jobs: [
      { ...job, verification: { kind: 'verified', problems: [problem] } },
      { ...job, verification: { kind: 'unknown', reason: evil } },
    ],
  };
  const html = reportHtml(report);
  expect(html).not.toMatch(/<script|src=|href=|url\(|@import|<[^>]*onload/i);
  for (const letter of ['\u001b', '\u202e']) expect(html).not.toContain(letter);
  expect(html).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;\\x1b[2J\\u202e&amp;&#39;');
  // Every tag that is opened is closed.
  const tags = [
    ...html.matchAll(/<(\/?)(svg|g|table|tr|td|section|main|div|ul|li|p|span|title)\b[^>]*?(\/?)>/g),
  ];
  const open = new Map<string, number>();
  for (const [, close, name = '', self] of tags)
    if (!self) open.set(name, (open.get(name) ?? 0) + (close ? -1 : 1));
  expect([...open.values()].every((count) => count === 0)).toBe(true);
  expect(reportHtml({ at: NOW, days: dayNames(NOW, 30), jobs: [] })).toContain('There are no jobs.');
});

test('a sparkline has a letter for each day', () => {
  expect(sparkline([0, 1, 50, 100])).toBe('·▁▄█');
  expect(sparkline([0, 0])).toBe('··');
});
