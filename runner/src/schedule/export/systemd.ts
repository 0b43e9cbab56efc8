import { fieldsOf } from '../../jobs/schedule.ts';
import { type ExportedFile, type ExportedJob, unitName } from './exported.ts';

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** A service and a timer per job. A time that was missed is caught up once, when the machine is on again. */
export function systemdExport(jobs: readonly ExportedJob[]): ExportedFile[] {
  return jobs.flatMap((job) => {
    const name = unitName(job);
    const about = `headrace: ${job.tenant}/${job.name}`;
    const service = [
      '[Unit]',
      `Description=${escaped(about)}`,
      '',
      '[Service]',
      'Type=oneshot',
      `WorkingDirectory=${escaped(job.folder)}`,
      `ExecStart=${job.command.map(word).join(' ')}`,
      // A second signal would kill the source: give it the time to drain.
      'KillMode=mixed',
      'TimeoutStopSec=180',
    ];
    const timer = [
      '[Unit]',
      `Description=${escaped(about)}`,
      '',
      '[Timer]',
      ...calendarsOf(job).map((calendar) => `OnCalendar=${calendar}`),
      'Persistent=true',
      '',
      '[Install]',
      'WantedBy=timers.target',
    ];
    return [
      { name: `${name}.service`, content: `${service.join('\n')}\n` },
      { name: `${name}.timer`, content: `${timer.join('\n')}\n` },
    ];
  });
}

/** systemd.time(7). If cron has a day and a weekday, either is enough; systemd wants both, so they are two lines. */
function calendarsOf({ schedule, timezone }: ExportedJob): string[] {
  const [minutes, hours, days, months, weekdays] = fieldsOf(schedule);
  const list = (numbers: number[] | undefined) =>
    numbers?.map((one) => String(one).padStart(2, '0')).join(',') ?? '*';
  const names = weekdays && `${weekdays.map((day) => WEEKDAYS[day]).join(',')} `;
  const at = `${list(hours)}:${list(minutes)}:00 ${timezone ?? 'UTC'}`;
  const on = (weekday: string | undefined, of: number[] | undefined) =>
    `${weekday ?? ''}*-${list(months)}-${list(of)} ${at}`;
  return names && days ? [on(undefined, days), on(names, undefined)] : [on(names, days)];
}

/** In a unit a % begins a specifier. */
function escaped(text: string): string {
  return text.replaceAll('%', '%%');
}

/** systemd.service(5), command lines: quotes, and $ for variables. */
function word(text: string): string {
  const safe = escaped(text).replaceAll('$', '$$$$').replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return /^[\w@%+=:,./-]+$/.test(text) ? safe : `"${safe}"`;
}
