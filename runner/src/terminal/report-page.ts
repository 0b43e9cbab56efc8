import { freshness } from '../report/html.ts';
import type { JobReport, Report, ReportOutcome, StreamReport } from '../report/report.ts';
import { type Line, paint } from './line.ts';
import type { Output } from './output.ts';
import { table } from './table.ts';
import { count, megabytes, minute, streamName } from './text.ts';

const LEVELS = '▁▂▃▄▅▆▇█';
const MARKS: Readonly<Record<ReportOutcome, Line>> = {
  complete: paint('green', '✓'),
  running: '…',
  interrupted: paint('yellow', '/'),
  partial: paint('yellow', '!'),
  killed: paint('yellow', '?'),
  failed: paint('red', '✗'),
};

/** A report for a terminal: for each job a strip of days, and a table of its streams. */
export function showReport({ days, jobs, at }: Report, output: Output): void {
  output.say(paint('dim', `${days[0]} to ${days.at(-1)}, days in UTC`));
  for (const job of jobs) showJob(job, at, output);
  const used = new Set(jobs.flatMap((job) => job.days));
  const words = { complete: '✓', running: '…', interrupted: '/', partial: '!', killed: '?', failed: '✗' };
  const legend = Object.entries(words).filter(([outcome]) => used.has(outcome as ReportOutcome));
  if (legend.length > 0)
    output.say(paint('dim', `${legend.map(([outcome, mark]) => `${mark} ${outcome}`).join('  ')}  · no run`));
}

function showJob(job: JobReport, at: number, output: Output): void {
  const { lastRun, verification } = job;
  output.say('');
  output.say(paint('bold', `${job.tenant} › ${job.job}`));
  output.say(['  ', ...job.days.flatMap((outcome) => (outcome ? MARKS[outcome] : '·'))] as Line);
  output.say(
    lastRun
      ? `  run ${lastRun.number} began ${minute(lastRun.started)}: ${lastRun.outcome}`
      : '  no run in these days',
  );
  for (const { code, message, hint } of job.errors) {
    output.say(paint('red', `  ✗ ${code}: ${message}`));
    if (hint) output.say(`    → ${hint}`);
  }
  if (job.streams.length > 0)
    for (const line of streamLines(job.streams, at, output.columns)) output.say(line);
  if (verification?.kind === 'unknown') output.say(paint('dim', `  not verified: ${verification.reason}`));
  if (verification?.kind !== 'verified') return;
  if (verification.problems.length === 0)
    output.say(paint('green', '  verified: everything is as it was committed'));
  for (const { code, path, what, hint } of verification.problems) {
    output.say(paint('red', `  ✗ ${code}  ${path}: ${what}`));
    output.say(`    → ${hint}`);
  }
}

function streamLines(streams: readonly StreamReport[], at: number, width: number): string[] {
  return table(
    [
      { name: 'stream', cut: true },
      { name: 'records a day' },
      { name: 'records', align: 'right' },
      { name: 'size', align: 'right' },
      { name: 'last complete', align: 'right' },
    ],
    streams.map((stream) => [
      streamName(stream),
      sparkline(stream.committed),
      stream.rejected > 0
        ? `${count(stream.total)} (${count(stream.rejected)} quarantined)`
        : count(stream.total),
      megabytes(stream.bytes),
      freshness(stream.lastComplete, at),
    ]),
    width,
  );
}

/** A letter for each day; a day without records is a dot. */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(1, ...values);
  return values
    .map((value) => (value === 0 ? '·' : LEVELS[Math.max(0, Math.ceil((value / most) * LEVELS.length) - 1)]))
    .join('');
}
