import { writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { isObject } from '@headrace/sdk/protocol';
import { asHeadraceError, ConfigError } from '@headrace/sdk/spec';
import { askEnd } from '../engine/ask-end.ts';
import { factsOf } from '../engine/connector-facts.ts';
import { NAMES } from '../engine/events.ts';
import { reportHtml } from '../report/html.ts';
import {
  dayNames,
  firstDay,
  type JobReport,
  jobReport,
  type Problem,
  type Report,
  type Verification,
} from '../report/report.ts';
import { paint } from '../terminal/line.ts';
import { showReport } from '../terminal/report-page.ts';
import type { Answer, Context } from './context.ts';
import { type AskedJob, eachJob } from './each-job.ts';

export interface ReportFlags {
  readonly days: number;
  /** Write it as an HTML file too. */
  readonly html?: string;
  readonly verify: boolean;
}

/**
 * `report [job…]`: the runs of the last days, freshness and volume of each stream, and what `verify` of the destination finds.
 * Exit code 0; 1 if `verify` found something; 2 if a job could not be asked.
 */
export async function report(
  names: readonly string[],
  flags: ReportFlags,
  context: Context,
): Promise<Answer> {
  const { output, clock, cwd, secrets } = context;
  const at = clock.now();
  const jobs: JobReport[] = [];
  const { exitCode } = await eachJob(names, context, async (one) => {
    const found = await reportOf(one, flags, at);
    jobs.push(found);
    return { data: {}, exitCode: isSpoilt(found) ? 1 : 0 };
  });
  const whole: Report = { at, days: dayNames(at, flags.days), jobs };
  showReport(whole, output);
  if (flags.html === undefined) return { exitCode, data: whole };
  const path = resolve(cwd, flags.html);
  try {
    // Before texts become HTML: there a secret may look different (invariant 6).
    writeFileSync(path, reportHtml(secrets.scrubValue(whole, NAMES) as Report));
  } catch (error) {
    throw new ConfigError(`${flags.html} cannot be written: ${(error as Error).message}`, {
      code: 'report.not_written',
      place: '--html',
    });
  }
  output.say([paint('green', '✓'), ` ${relative(cwd, path)}`]);
  return { exitCode, data: { ...whole, html: path } };
}

async function reportOf(
  { job, ports, interrupt }: AskedJob,
  flags: ReportFlags,
  at: number,
): Promise<JobReport> {
  const { tenant, name } = job;
  const since = firstDay(at, flags.days);
  const runs = await Array.fromAsync(ports.history.runs(tenant, { job: name, since }));
  const running = await ports.history.running(job);
  const whose = { tenant, job: name, source: job.source.connector, destination: job.destination.connector };
  const found = jobReport(whose, runs, running?.number, at, flags.days);
  return flags.verify ? { ...found, verification: await verified({ job, ports, interrupt }) } : found;
}

function isSpoilt({ verification }: JobReport): boolean {
  return verification?.kind === 'verified' && verification.problems.length > 0;
}

/** What `verify` of the destination says. A destination that cannot be asked costs the report only this. */
async function verified({ job, ports, interrupt }: Omit<AskedJob, 'file'>): Promise<Verification> {
  try {
    return await askEnd('destination', job, ports, interrupt, async ({ connector, config, spec }, call) => {
      if (!factsOf(spec)?.verbs?.includes('verify'))
        return { kind: 'unknown', reason: `${connector.name} has no verify` } as const;
      const text = await connector.verb(
        config,
        { name: 'verify', args: ['--json'], alsoExitCodes: [1] },
        call,
      );
      return { kind: 'verified', problems: problemsIn(text) } as const;
    });
  } catch (error) {
    const { message } = asHeadraceError(error);
    return { kind: 'unknown', reason: message };
  }
}

/** @throws SyntaxError, TypeError if it is no answer of `verify --json` */
function problemsIn(text: string): Problem[] {
  const answer = JSON.parse(text) as unknown;
  if (!isObject(answer) || !Array.isArray(answer.problems))
    throw new TypeError('verify printed no list of problems');
  return answer.problems.filter(isObject).map(({ code, path, what, hint }) => ({
    code: String(code),
    path: String(path),
    what: String(what),
    hint: String(hint),
  }));
}
