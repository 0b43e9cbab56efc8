import type { JobStatus, RunSummary } from '../jobs/status.ts';
import { type Line, paint } from './line.ts';
import type { Output } from './output.ts';
import { clockTime, count, duration, span } from './text.ts';

/** The page for the morning: a line per job, and below it what is wrong and what to do. */
export function showStatus(output: Output, jobs: readonly JobStatus[], now: number): void {
  const width = Math.max(0, ...jobs.map(({ job }) => job.length));
  for (const [tenant, own = []] of Object.entries(Object.groupBy(jobs, (one) => one.tenant))) {
    output.say(paint('bold', tenant));
    for (const job of own) for (const line of jobLines(job, width, now)) output.say(line);
  }
  const wrong = jobs.filter(({ problems }) => problems.length > 0).length;
  const all = `${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'}`;
  output.say(
    wrong === 0
      ? paint('green', `✓ ${all}, nothing is wrong`)
      : paint('red', `✗ ${wrong} of ${all} ${wrong === 1 ? 'needs' : 'need'} somebody to look`),
  );
}

function jobLines(job: JobStatus, width: number, now: number): Line[] {
  const { problems, paused, last } = job;
  const mark = problems.length > 0 ? paint('red', '✗') : last ? paint('green', '✓') : paint('dim', '·');
  const lines: Line[] = [['  ', mark, ` ${job.job.padEnd(width)}  ${sentences(job, now).join('; ')}`]];
  if (paused)
    lines.push(
      paint('yellow', `      paused since ${clockTime(paused.since, job.timezone)}${because(paused.reason)}`),
      paint('yellow', `      → headrace resume${paused.job === undefined ? ' --all' : ` ${job.job}`}`),
    );
  for (const { message, hint, errors = [] } of problems) {
    lines.push(paint('red', `      ${message}`));
    // The first says most; `dead show` has all.
    for (const error of errors.slice(0, 1)) {
      lines.push(`        ${error.code}${error.place ? `  ${error.place}` : ''}: ${error.message}`);
      if (error.hint) lines.push(`        → ${error.hint}`);
    }
    lines.push(`      → ${hint}`);
  }
  return lines;
}

function sentences(job: JobStatus, now: number): string[] {
  const { running, last, lastComplete, next, schedule, timezone } = job;
  const said: string[] = [];
  if (running)
    said.push(`running for ${duration(now - running.started)} (run ${running.number}, ${running.process})`);
  if (!last) said.push(running ? 'its first run' : 'has not run yet');
  else said.push(runSentence(last, now));
  if (last && last.number !== lastComplete?.number)
    said.push(lastComplete ? `last complete ${span(now - lastComplete.started)} ago` : 'never complete');
  if (next !== undefined)
    said.push(`next ${clockTime(next, timezone)} ${timezone ?? 'UTC'}, in ${span(next - now)}`);
  else if (schedule === undefined) said.push('no schedule');
  return said;
}

function runSentence(run: RunSummary, now: number): string {
  const { number, started, ended, outcome, committed, streams, waitedMs } = run;
  const took = ended === undefined ? '' : ` in ${duration(ended - started)}`;
  const waited = waitedMs > 0 ? `, throttled for ${duration(waitedMs)}` : '';
  const of = streams.complete < streams.all ? ` (${streams.complete} of ${streams.all} streams)` : '';
  const ago = `${span(now - (ended ?? started))} ago`;
  return `#${number} ${outcome ?? 'unknown'}${of} ${ago}${took}, ${count(committed)} records${waited}`;
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`;
}
