import { Argument, InvalidArgumentError, Option } from 'commander';
import type { Listen } from '../metrics/server.ts';
import { type AddCommands, list, upTo } from './command.ts';

/** Verbs for the days after the first run: what happened, what failed, and reading a range again. */
export const addOperateCommands: AddCommands = (program, act) => {
  program
    .command('status [jobs...]')
    .helpGroup('Operate:')
    .description('each job: its last run, how fresh it is, when it runs next, what is wrong, what to do')
    .addHelpText('after', '\nExit codes: 0 nothing is wrong, 1 something is, 2 it cannot be told.')
    .action((jobs: string[]) =>
      act('status', async (context) => (await import('../verbs/status.ts')).status(jobs, context))(),
    );
  program
    .command('logs <job>')
    .helpGroup('Operate:')
    .description('what a run reported; the newest run, from --log-level info')
    .option('--run <number>', 'another run', upTo(Number.MAX_SAFE_INTEGER))
    .option('--follow', 'go on while it runs')
    .action((job: string, flags: { run?: number; follow?: boolean }) =>
      act('logs', async (context) => (await import('../verbs/logs.ts')).logs(job, flags, context))(),
    );
  program
    .command('backfill [job]')
    .helpGroup('Operate:')
    .description('read a range again; ordinary runs continue from where they were')
    .option('--days <number>', 'the last days, from midnight UTC', upTo(36_500))
    .option('--since <time>', 'from a date or a time, e.g. 2026-01-01')
    .option('--streams <names>', 'only these streams, with commas', list)
    .option('--no-check', 'start without checking both ends first')
    .action(
      (
        job: string | undefined,
        flags: { days?: number; since?: string; streams?: string[]; check: boolean },
      ) =>
        act('backfill', async (context) =>
          (await import('../verbs/backfill.ts')).backfill(job, flags, context),
        )(),
    );
  const verbs = () => import('../verbs/dead.ts');
  const dead = program
    .command('dead')
    .helpGroup('Operate:')
    .description('what failed after all attempts: list it, try it again, or drop it');
  dead
    .command('list')
    .description('the oldest first')
    .option('--all', 'also those that are resolved')
    .action((flags: { all?: boolean }) =>
      act('dead list', async (context) => (await verbs()).listDead(flags, context))(),
    );
  dead
    .command('show')
    .description('everything that is known of one')
    .argument('<id>', 'its number', number)
    .action((id: number) => act('dead show', async (context) => (await verbs()).showDead(id, context))());
  dead
    .command('retry')
    .description('run what is left to do, from the last committed states')
    .argument('[ids...]', 'their numbers', (text: string, before: number[] = []) => [...before, number(text)])
    .option('--all', 'all that are open')
    .action((ids: number[] | undefined, flags: { all?: boolean }) =>
      act('dead retry', async (context) => (await verbs()).retryDead(ids ?? [], flags, context))(),
    );
  dead
    .command('drop')
    .description('forget it')
    .argument('<id>', 'its number', number)
    .action((id: number) => act('dead drop', async (context) => (await verbs()).dropDead(id, context))());

  const pauses = () => import('../verbs/pause.ts');
  program
    .command('pause [jobs...]')
    .helpGroup('Operate:')
    .description('the schedule leaves these jobs out until they are resumed')
    .option('--all', 'all jobs, also those that are added later')
    .option('--reason <text>', 'shown by status')
    .action((jobs: string[], flags: { all?: boolean; reason?: string }) =>
      act('pause', async (context) => (await pauses()).pause(jobs, flags, context))(),
    );
  program
    .command('resume [jobs...]')
    .helpGroup('Operate:')
    .description('the schedule runs them again')
    .option('--all', 'end the pause of all jobs')
    .action((jobs: string[], flags: { all?: boolean }) =>
      act('resume', async (context) => (await pauses()).resume(jobs, flags, context))(),
    );

  program
    .command('serve')
    .helpGroup('Operate:')
    .description(
      'run each job when its schedule says so, until stopped; missed times are caught up by one run',
    )
    .option('--limit <runs>', 'how many runs at a time (3)', upTo(1000))
    .option('--tenant-limit <runs>', 'how many of one tenant (2)', upTo(1000))
    .addOption(
      new Option('--listen <address>', 'where /health and /metrics are, on loopback; off: nowhere')
        .argParser(address)
        .default({ host: '127.0.0.1', port: 7733 }, '127.0.0.1:7733'),
    )
    .action(
      ({
        limit = 3,
        tenantLimit = 2,
        listen,
      }: {
        limit?: number;
        tenantLimit?: number;
        listen: Listen | undefined;
      }) =>
        act('serve', async (context) =>
          (await import('../verbs/serve.ts')).serve(
            { limits: { all: limit, perTenant: tenantLimit }, listen },
            context,
          ),
        )(),
    );
  const kinds = ['cron', 'systemd', 'github'] as const;
  program
    .command('schedule')
    .helpGroup('Operate:')
    .description('write the schedules for another scheduler')
    .command('export')
    .description('print a crontab, systemd timers or GitHub workflows')
    .addArgument(new Argument('<kind>', 'for whom').choices(kinds))
    .argument('[jobs...]', 'only these jobs')
    .action((kind: (typeof kinds)[number], jobs: string[]) =>
      act('schedule export', async (context) =>
        (await import('../verbs/schedule-export.ts')).exportSchedule(kind, jobs, context),
      )(),
    );
};

/** The number of a dead letter. */
function number(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('it must be a number.');
  return Number(text);
}

/** `127.0.0.1:7733`, or `off`. */
function address(text: string): Listen | undefined {
  if (text === 'off') return undefined;
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (host === '' || Number(port) > 65_535)
    throw new InvalidArgumentError('it must be a host and a port, 127.0.0.1:7733, or off.');
  return { host, port: Number(port) };
}
