import { ConfigError } from '@headrace/sdk/spec';
import { cronExport } from '../schedule/export/cron.ts';
import type { ExportedFile, ExportedJob } from '../schedule/export/exported.ts';
import { githubExport } from '../schedule/export/github.ts';
import { systemdExport } from '../schedule/export/systemd.ts';
import type { Answer, Context } from './context.ts';
import { loadFiles, pickJobs } from './pick-jobs.ts';

/** Whose schedule is written. */
export type ExportKind = 'cron' | 'systemd' | 'github';

/** `schedule export cron|systemd|github [job…]`: prints what another scheduler needs to run the jobs. */
export async function exportSchedule(
  kind: ExportKind,
  names: readonly string[],
  context: Context,
): Promise<Answer> {
  const jobs = pickJobs(loadFiles(context), names).flatMap(({ file, name }): ExportedJob[] => {
    const job = file.written(name);
    const { tenant, priority, schedule, timezone, folder } = job;
    if (schedule === undefined) return [];
    // The program that runs now, because cron and systemd have a PATH of their own.
    const program = [process.execPath, ...(process.argv[1] ? [process.argv[1]] : [])];
    const command = [...program, 'run', name, '--scheduled', '--file', file.path, '--tenant', tenant];
    return [{ tenant, name, priority, schedule, timezone, folder, command }];
  });
  if (jobs.length === 0)
    throw new ConfigError('no job has a schedule', {
      code: 'schedule.none',
      hint: 'give a job one, e.g. schedule: "0 2 * * *"',
    });
  const files = filesOf(kind, jobs, context.clock.now());
  for (const { name, content } of files) {
    if (files.length > 1 || kind !== 'cron') context.output.say(`# ${name}`);
    for (const line of content.trimEnd().split('\n')) context.output.say(line);
    if (files.length > 1) context.output.say('');
  }
  return { exitCode: 0, data: { files } };
}

function filesOf(kind: ExportKind, jobs: readonly ExportedJob[], now: number): ExportedFile[] {
  if (kind === 'cron') return cronExport(jobs);
  return kind === 'systemd' ? systemdExport(jobs) : githubExport(jobs, now);
}
