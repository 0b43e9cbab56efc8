import { ConfigError } from '@headrace/sdk/spec';
import { stringify } from 'yaml';
import { fieldsOf } from '../../jobs/schedule.ts';
import { type ExportedFile, type ExportedJob, unitName } from './exported.ts';

const HOUR_MS = 3_600_000;

/**
 * A workflow per job. GitHub reads schedules in UTC: a time of another zone is moved by the zone's offset in winter.
 * @throws ConfigError for a schedule that cannot be moved
 */
export function githubExport(jobs: readonly ExportedJob[], now: number): ExportedFile[] {
  return jobs.map((job) => {
    const zone = job.timezone ?? 'UTC';
    const [low, high] = offsetsOf(zone, now);
    const moved =
      low === high
        ? ''
        : `# ${zone} changes its clock: in summer this runs ${high - low} minutes later there.\n`;
    const workflow = {
      name: `headrace ${job.tenant}/${job.name}`,
      on: { schedule: [{ cron: inUtc(job, low) }], workflow_dispatch: {} },
      concurrency: { group: unitName(job), 'cancel-in-progress': false },
      permissions: { contents: 'read' },
      jobs: {
        run: {
          'runs-on': 'ubuntu-latest',
          steps: [
            { uses: 'actions/checkout@v4' },
            { uses: 'actions/setup-node@v4', with: { 'node-version': 24 } },
            { run: 'npm ci' },
            { run: `npx headrace run ${job.name} --tenant ${job.tenant}`, env: { CI: 'true' } },
          ],
        },
      },
    };
    const content = [
      '# Made by: headrace schedule export github',
      '# A hosted runner forgets its disk: the destination must be elsewhere and keep the states (a database, a lake).',
      '# Add the secrets that the jobs file names to the last step, e.g. env: { JIRA_API_TOKEN: ${{ secrets.JIRA_API_TOKEN }} }.',
      `${moved}${stringify(workflow)}`,
    ].join('\n');
    return { name: `.github/workflows/${unitName(job)}.yml`, content };
  });
}

/** The least and the greatest offset of a zone in the next year, in minutes east of UTC. */
function offsetsOf(timeZone: string, now: number): [number, number] {
  const offsets = Array.from({ length: 12 }, (_, k) => offsetAt(timeZone, now + k * 30 * 24 * HOUR_MS));
  return [Math.min(...offsets), Math.max(...offsets)];
}

function offsetAt(timeZone: string, at: number): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at);
  const text = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(text) ?? ['', '+', '0', '0'];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

/** The schedule, `offset` minutes east of UTC, in UTC. */
function inUtc(job: ExportedJob, offset: number): string {
  const [minutes, hours, days, months, weekdays] = fieldsOf(job.schedule);
  if (offset === 0) return job.schedule;
  // Every hour at the same minutes: whole hours change nothing, as long as no day is named.
  const isHourly = hours === undefined && offset % 60 === 0;
  const isEveryDay = days === undefined && months === undefined && weekdays === undefined;
  if (isHourly && isEveryDay) return job.schedule;
  const moved = (hours ?? []).flatMap((hour) => (minutes ?? []).map((minute) => hour * 60 + minute - offset));
  const shifts = new Set(moved.map((minute) => Math.floor(minute / 1440)));
  const of = (pick: (minute: number) => number) =>
    [...new Set(moved.map((minute) => pick(((minute % 1440) + 1440) % 1440)))].sort((a, b) => a - b);
  const newMinutes = of((minute) => minute % 60);
  const newHours = of((minute) => Math.floor(minute / 60));
  const [shift = 0] = shifts;
  const isWhole = newMinutes.length * newHours.length === moved.length && shifts.size === 1;
  const movesDates = shift !== 0 && (days !== undefined || months !== undefined);
  if (moved.length === 0 || !isWhole || movesDates) throw cannotMove(job);
  const newWeekdays = weekdays?.map((day) => (day + shift + 7) % 7).sort();
  const field = (numbers: number[] | undefined) => numbers?.join(',') ?? '*';
  return [newMinutes, newHours, days, months, newWeekdays].map(field).join(' ');
}

function cannotMove({ name, schedule, timezone }: ExportedJob): ConfigError {
  return new ConfigError(`${name}: ${schedule} of ${timezone} cannot be written in UTC, which GitHub needs`, {
    code: 'schedule.not_in_utc',
    hint: 'give the job timezone: UTC, or keep its schedule with cron, systemd or headrace serve',
  });
}
