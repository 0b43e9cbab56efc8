import type { RunError } from '../engine/events.ts';
import type { JobKey, RunEntry } from '../engine/ports.ts';
import type { Occasion } from './occasion.ts';

/** An alert as it is sent: what a webhook and a command get as JSON. */
export interface AlertMessage {
  readonly tenant: string;
  readonly job: string;
  readonly event: Occasion['event'];
  readonly sentence: string;
  /** Undefined if the job is stale. */
  readonly run?: number;
  readonly outcome?: string;
  /** ISO, UTC. */
  readonly at: string;
  readonly errors: ReadonlyArray<Pick<RunError, 'code' | 'message' | 'place' | 'hint' | 'stream'>>;
  /** What to do. */
  readonly hint: string;
}

/** At most this many errors are sent. */
const MOST_ERRORS = 10;

export function messageOf({ event, sentence }: Occasion, run: RunEntry): AlertMessage {
  const { tenant, job, number, outcome, ended, started, errors } = run;
  return {
    tenant,
    job,
    event,
    sentence,
    run: number,
    outcome,
    at: new Date(ended ?? started).toISOString(),
    errors: errors
      .slice(0, MOST_ERRORS)
      .map(({ code, message, place, hint, stream }) => ({ code, message, place, hint, stream })),
    hint: `headrace logs ${job} --run ${number} says more; headrace status says what to do`,
  };
}

/** @param since when the job completed last, or undefined if never */
export function staleMessage(
  { tenant, name }: JobKey,
  hours: number,
  since: number | undefined,
  now: number,
): AlertMessage {
  const last =
    since === undefined ? 'it has never completed' : `it completed last at ${new Date(since).toISOString()}`;
  return {
    tenant,
    job: name,
    event: 'stale',
    sentence: `no complete run for ${hours} hours: ${last}`,
    at: new Date(now).toISOString(),
    errors: [],
    hint: 'headrace status says what to do',
  };
}

export function titleOf({ tenant, job, event }: AlertMessage): string {
  return `headrace: ${tenant}/${job} ${event.replace('_', ' ')}`;
}

/** The whole message as plain text. */
export function textOf({ sentence, errors, hint, run }: AlertMessage): string {
  const lines = [run === undefined ? sentence : `run ${run}: ${sentence}`];
  for (const error of errors) {
    lines.push('', `${error.code}${error.place ? `  ${error.place}` : ''}`, `  ${error.message}`);
    if (error.hint) lines.push(`  → ${error.hint}`);
  }
  return [...lines, '', hint].join('\n');
}
