import { type StreamDescriptor, streamKey } from '@headrace/sdk/protocol';
import type { DeadLetter, RunEntry } from './ports.ts';

type Settled =
  /** It stays, or is opened, with these values. */
  | { readonly open: Omit<DeadLetter, 'id'> }
  | { readonly resolved: 'success' }
  /** Nothing changes. */
  | undefined;

/**
 * What a run that is over makes of the open dead letter of its job, or of its backfill. An interrupted run failed at
 * nothing: it only takes away the streams that it completed.
 * @param letter the open one, if there is one
 */
export function settle(letter: DeadLetter | undefined, run: RunEntry): Settled {
  const { outcome, ended, number } = run;
  if (outcome === undefined || ended === undefined) return undefined;
  const hasFailed = outcome === 'partial' || outcome === 'failed';
  if (!letter && !hasFailed) return undefined;
  const streams = unfinished(letter, run, hasFailed);
  if (!hasFailed && streams?.length === 0) return { resolved: 'success' };
  const { tenant, job } = run;
  const { backfill } = run.options;
  const before = letter ?? { opened: ended, openedBy: number, lastAt: ended, lastRun: number, runs: 0 };
  const last = hasFailed ? { lastAt: ended, lastRun: number, runs: before.runs + 1 } : {};
  const narrowed = streams?.map(({ name }) => name) ?? widest(letter, run);
  const { opened, openedBy, lastAt, lastRun, runs } = before;
  return {
    open: {
      tenant,
      job,
      opened,
      openedBy,
      lastAt,
      lastRun,
      runs,
      ...last,
      options: {
        check: true,
        ...(narrowed ? { streams: [...new Set(narrowed)] } : {}),
        ...(backfill ? { backfill } : {}),
      },
      ...(streams ? { streams } : {}),
      errors: hasFailed ? run.errors : (letter?.errors ?? []),
    },
  };
}

/** The streams that are left to do: those of the letter and of the run without those that the run completed. */
function unfinished(
  letter: DeadLetter | undefined,
  run: RunEntry,
  hasFailed: boolean,
): StreamDescriptor[] | undefined {
  const open = run.streams.filter(({ complete }) => !complete);
  // It failed before its streams were known, or for a reason that is none of its streams'.
  if (hasFailed && open.length === 0) return undefined;
  // All that the job selects now is complete. A stream that it no longer selects is nobody's any more.
  if (run.outcome === 'complete' && !run.options.streams) return [];
  if (letter && !letter.streams && !covers(run, letter)) return undefined;
  const done = new Set(run.streams.filter(({ complete }) => complete).map(streamKey));
  const left = new Map<string, StreamDescriptor>();
  const before = letter?.streams ?? [];
  for (const { name, namespace } of [...before, ...(hasFailed ? open : [])])
    left.set(streamKey({ name, namespace }), namespace === undefined ? { name } : { name, namespace });
  for (const key of done) left.delete(key);
  return [...left.values()];
}

/** Whether the run read all that the letter wants, so that what it completed is all there is to do. */
function covers({ options, outcome }: RunEntry, letter: DeadLetter): boolean {
  if (outcome === 'interrupted') return false;
  const asked = options.streams;
  if (!asked) return true;
  return letter.options.streams?.every((name) => asked.includes(name)) ?? false;
}

/** The streams that letter and run were asked for together; undefined: all of the job. */
function widest(letter: DeadLetter | undefined, run: RunEntry): readonly string[] | undefined {
  const own = run.options.streams;
  if (!letter) return own;
  return own && letter.options.streams ? [...letter.options.streams, ...own] : undefined;
}
