import { type ExportedFile, type ExportedJob, quoted } from './exported.ts';

/** Lines for `crontab -e`. */
export function cronExport(jobs: readonly ExportedJob[]): ExportedFile[] {
  const zones = Map.groupBy(jobs, ({ timezone }) => timezone ?? 'UTC');
  const lines = [
    '# Made by: headrace schedule export cron',
    '# CRON_TZ is understood by cronie and fcron. Where cron does not know it (Debian, macOS), times are those of the machine.',
  ];
  for (const [zone, own] of zones) {
    lines.push(`CRON_TZ=${zone}`);
    for (const job of own) lines.push(`${job.schedule} ${commandLine(job)}`);
  }
  return [{ name: 'crontab', content: `${lines.join('\n')}\n` }];
}

/** In a crontab an unescaped % ends the command. */
function commandLine({ folder, command }: ExportedJob): string {
  return `cd ${quoted(folder)} && ${command.map(quoted).join(' ')}`.replaceAll('%', '\\%');
}
