import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { ConfigError, decodeText } from '@headrace/sdk/spec';
import {
  changeStates,
  cursorRows,
  type JobStates,
  type StateChange,
  statesOf,
} from '../engine/job-states.ts';
import { parseAsWritten } from '../engine/numbers.ts';
import type { LoadedFile } from '../jobs/load.ts';
import { paint } from '../terminal/line.ts';
import { rowTable } from '../terminal/rows.ts';
import type { Answer, Context } from './context.ts';
import { type AskedJob, eachJob, eachPicked, type Found } from './each-job.ts';
import { pickOne } from './pick-jobs.ts';

/**
 * `state show [job…]`: the states from which the next run continues. With `--raw`, of one job, exactly as they are kept.
 */
export async function showState(
  names: readonly string[],
  { raw = false }: { readonly raw?: boolean },
  context: Context,
): Promise<Answer> {
  if (raw && context.output.json)
    throw new ConfigError('--raw and --json exclude each other', { code: 'usage.conflict', place: '--raw' });
  if (!raw) return eachJob(names, context, (one) => show(one, context));
  return eachPicked([pickOne(names[0], context)], context, async ({ job, ports, interrupt }) => {
    const { text } = await statesOf(job, ports, interrupt);
    context.output.raw(`${text}\n`);
    return { data: {} };
  });
}

async function show({ file, job, ports, interrupt }: AskedJob, { output }: Context): Promise<Found> {
  const { keptBy, states, text } = await statesOf(job, ports, interrupt);
  const rows = cursorRows(states);
  const where = keptBy === 'destination' ? `kept by ${job.destination.connector}` : 'kept in .headrace';
  output.say([
    paint('bold', `${file.tenant} › ${job.name}`),
    rows.length === 0 ? '  no states: the next run reads everything' : `  ${where}`,
  ]);
  if (rows.length > 0)
    for (const line of rowTable(
      rows.map((row) => ({ ...row })),
      ['stream', 'partition', 'state'],
      output.columns,
    ))
      output.say(line);
  return { data: { kept_by: keptBy, states: parseAsWritten(text) } };
}

/** `state reset JOB [--streams a,b]`: forgets states, so that the next run reads everything again. */
export function resetState(
  name: string,
  { streams }: { readonly streams?: readonly string[] },
  context: Context,
): Promise<Answer> {
  return change(name, { kind: 'reset', ...(streams ? { streams } : {}) }, context);
}

/** `state set JOB FILE`: puts the states of a file in the place of all that are kept. `-` is standard input. */
export async function setState(name: string, file: string, context: Context): Promise<Answer> {
  const text = file === '-' ? await context.readInput() : readStates(resolve(context.cwd, file), file);
  if (text.trim() === '')
    throw new ConfigError(`there is nothing in ${file}`, {
      code: 'state.empty',
      place: file,
      hint: '[] says that there are no states',
    });
  return change(name, { kind: 'set', text, place: file }, context);
}

function readStates(path: string, name: string): string {
  try {
    return decodeText(readFileSync(path));
  } catch (error) {
    throw new ConfigError(`${name} cannot be read: ${(error as Error).message}`, {
      code: 'state.unreadable',
      place: name,
      cause: error,
    });
  }
}

function change(name: string, what: StateChange, context: Context): Promise<Answer> {
  return eachPicked([pickOne(name, context)], context, async ({ file, job, ports, interrupt }) => {
    const before = await changeStates(job, what, ports, interrupt, async (states) =>
      states.states.length === 0 ? undefined : ports.states.keepBefore(job, states.text, context.clock.now()),
    );
    return told(file, job.name, what, before, context);
  });
}

function told(
  file: LoadedFile,
  name: string,
  what: StateChange,
  { before, kept }: { readonly before: JobStates; readonly kept: string | undefined },
  { output, cwd }: Context,
): Found {
  output.say([paint('green', '✓'), ` ${file.tenant} › ${name}: ${doneBy(what)}`]);
  const path = kept === undefined ? undefined : relative(cwd, kept);
  if (path !== undefined) output.say(`  to undo it: headrace state set ${name} ${path}`);
  return { data: { before: parseAsWritten(before.text), ...(path === undefined ? {} : { kept_in: path }) } };
}

function doneBy(what: StateChange): string {
  if (what.kind === 'set') return 'its states are those of the file now';
  return what.streams
    ? `the states of ${what.streams.join(', ')} are forgotten; the next run reads all of them again`
    : 'its states are forgotten; the next run reads everything again';
}
