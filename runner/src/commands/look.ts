import type { LookName } from '../engine/rows-of.ts';
import { type AddCommands, list, upTo } from './command.ts';

const STREAMS = ['--streams <names>', 'only these streams, with commas', list] as const;
type Streams = { streams?: string[] };

/** Verbs that ask and show, and run nothing. */
export const addLookCommands: AddCommands = (program, act) => {
  program
    .command('discover [jobs...]')
    .helpGroup('Look:')
    .description('the streams that the source of a job has')
    .option('--streams <names>', 'the fields of these streams, with commas', list)
    .action((jobs: string[], flags: Streams) =>
      act('discover', async (context) =>
        (await import('../verbs/discover.ts')).discover(jobs, flags, context),
      )(),
    );
  program
    .command('preview [jobs...]')
    .helpGroup('Look:')
    .description('the first records of each stream; nothing is kept')
    .option(...STREAMS)
    .option('--limit <records>', 'how many records of each stream (5)', upTo(1000))
    .action((jobs: string[], { streams, limit = 5 }: Streams & { limit?: number }) =>
      act('preview', async (context) =>
        (await import('../verbs/preview.ts')).preview(jobs, { streams, limit }, context),
      )(),
    );

  program
    .command('doctor')
    .helpGroup('Look:')
    .description('what on this machine may keep jobs from running, and what to do about it')
    .option('--offline', 'do not ask whether the hosts in the configurations answer')
    .action((flags: { offline?: boolean }) =>
      act('doctor', async (context) => (await import('../verbs/doctor.ts')).doctor(flags, context))(),
    );

  const look = (name: LookName, description: string) =>
    program
      .command(`${name} [jobs...]`)
      .helpGroup('Look:')
      .description(description)
      .option(...STREAMS)
      .action((jobs: string[], flags: Streams) =>
        act(name, async (context) => (await import('../verbs/look.ts')).look(name, jobs, flags, context))(),
      );
  look('stats', 'what is stored of each stream');
  look('manifest', 'the files that a reader may count on');
  look('cursors', 'how far each partition of each stream is committed');

  program
    .command('report [jobs...]')
    .helpGroup('Look:')
    .description('the runs of the last days, freshness and volume of each stream, and what verify finds')
    .option('--days <number>', 'how many days (30)', upTo(366))
    .option('--html <file>', 'write it as one HTML file, too')
    .option('--no-verify', 'do not ask the destinations whether everything is as it was committed')
    .action((jobs: string[], flags: { days?: number; html?: string; verify: boolean }) =>
      act('report', async (context) =>
        (await import('../verbs/report.ts')).report(jobs, { days: 30, ...flags }, context),
      )(),
    );

  const state = program
    .command('state')
    .helpGroup('Look:')
    .description('show, forget or set the states of a job');
  const states = () => import('../verbs/state.ts');
  state
    .command('show [jobs...]')
    .description('where the next run continues')
    .option('--raw', 'the states of one job as they are kept, for `state set`')
    .action((jobs: string[], flags: { raw?: boolean }) =>
      act('state show', async (context) => (await states()).showState(jobs, flags, context))(),
    );
  state
    .command('reset <job>')
    .description('forget the states: the next run reads everything again; records stay')
    .option(...STREAMS)
    .action((job: string, flags: Streams) =>
      act('state reset', async (context) => (await states()).resetState(job, flags, context))(),
    );
  state
    .command('set <job> <file>')
    .description('put the states of a file in the place of all that are kept; - is standard input')
    .action((job: string, file: string) =>
      act('state set', async (context) => (await states()).setState(job, file, context))(),
    );
};
