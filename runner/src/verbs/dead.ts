import { ConfigError } from '@headrace/sdk/spec';
import type { RunResult } from '../engine/events.ts';
import type { DeadLetter } from '../engine/ports.ts';
import type { LoadedFile } from '../jobs/load.ts';
import { showLetter, showLetters } from '../terminal/dead-letters.ts';
import type { Answer, Context } from './context.ts';
import { loadFiles } from './pick-jobs.ts';
import { machinePorts } from './ports.ts';
import { answerOf, runOne } from './run.ts';
import { signalInterrupt } from './signals.ts';

interface Found {
  readonly file: LoadedFile;
  readonly letter: DeadLetter;
}

/** `dead list [--all]`: what failed after all attempts, the oldest first. */
export async function listDead(flags: { readonly all?: boolean }, context: Context): Promise<Answer> {
  const letters = (await found(context, flags.all)).map(({ letter }) => letter);
  showLetters(context.output, letters, context.clock.now());
  return { exitCode: 0, data: { dead_letters: letters } };
}

/** `dead show <id>`: everything that is known of it. */
export async function showDead(id: number, context: Context): Promise<Answer> {
  const { letter } = pick(await found(context, true), id);
  showLetter(context.output, letter, context.clock.now());
  return { exitCode: 0, data: { dead_letter: letter } };
}

/** `dead drop <id>`: it is not shown any more, and nothing is run. */
export async function dropDead(id: number, context: Context): Promise<Answer> {
  const { file, letter } = pick(await found(context, false), id);
  const machine = machinePorts(file, context);
  try {
    await machine.stores.letters.drop(file.tenant, letter.id, context.clock.now());
  } finally {
    machine.close();
  }
  context.output.say(`dropped ${letter.id}: ${file.tenant} › ${letter.job}`);
  return { exitCode: 0, data: { dropped: letter.id } };
}

/** `dead retry <id…> | --all`: runs what is left of each, from the last committed states. */
export async function retryDead(
  ids: readonly number[],
  flags: { readonly all?: boolean },
  context: Context,
): Promise<Answer> {
  if ((ids.length === 0) !== (flags.all === true))
    throw new ConfigError('name dead letters or say --all', {
      code: 'usage.which_letter',
      hint: '`headrace dead list` shows them',
    });
  const open = await found(context, false);
  const chosen = flags.all ? open : [...new Set(ids)].map((id) => pick(open, id));
  const { interrupt, close } = signalInterrupt(context.clock);
  const results: RunResult[] = [];
  try {
    for (const { file, letter } of chosen) {
      if (interrupt.drain.aborted) break;
      if (!file.jobs.includes(letter.job)) throw noJob(file, letter);
      results.push(await runOne(file, file.job(letter.job), letter.options, context, interrupt));
    }
  } finally {
    close();
  }
  if (chosen.length === 0) context.output.say('there are no dead letters');
  return answerOf(results);
}

async function found(context: Context, all: boolean | undefined): Promise<Found[]> {
  const letters: Found[] = [];
  for (const file of loadFiles(context)) {
    const machine = machinePorts(file, context);
    try {
      for (const letter of await machine.stores.letters.list(file.tenant, all))
        letters.push({ file, letter });
    } finally {
      machine.close();
    }
  }
  return letters;
}

function pick(letters: readonly Found[], id: number): Found {
  const [one, other] = letters.filter(({ letter }) => letter.id === id);
  if (one && !other) return one;
  if (one && other)
    throw new ConfigError(`several tenants have a dead letter ${id}`, {
      code: 'dead.ambiguous',
      hint: 'choose one with --tenant',
    });
  const ids = letters.map(({ letter }) => letter.id);
  throw new ConfigError(`there is no open dead letter ${id}`, {
    code: 'dead.unknown',
    hint: ids.length === 0 ? 'there is none at all' : `there are: ${ids.join(', ')}`,
  });
}

function noJob(file: LoadedFile, { id, job }: DeadLetter): ConfigError {
  return new ConfigError(`the job ${job} of dead letter ${id} is not in ${file.name} any more`, {
    code: 'dead.no_job',
    hint: `headrace dead drop ${id} forgets it`,
  });
}
