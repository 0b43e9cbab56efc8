import { type ConnectorSpecification, isObject, type JsonObject } from '@headrace/sdk/protocol';
import { ConfigError, ConfigErrors } from '@headrace/sdk/spec';
import type { CheckedJob } from './check-job.ts';
import { factsOf, withOption } from './connector-facts.ts';
import type { Backfill } from './job.ts';
import type { JobKey, Ports } from './ports.ts';
import type { SelectedStream } from './select-streams.ts';

/** Under which a destination of ours keeps the states of a backfill apart. */
const SCOPE = 'state_scope';

/**
 * The configuration of one end for a backfill: the source begins at `since`, and a destination that keeps states keeps
 * those of the backfill under a name of their own.
 * @throws ConfigError if the connector has no option for that
 */
export function forBackfill(
  role: 'source' | 'destination',
  config: JsonObject,
  spec: ConnectorSpecification,
  { since, scope }: Backfill,
): JsonObject {
  const facts = factsOf(spec);
  if (role === 'source') {
    if (facts?.start !== undefined) return withOption(config, facts.start, since);
    throw new ConfigError('the source does not say from when it reads, so no range of it can be read again', {
      code: 'backfill.no_start',
      place: 'source.connector',
      hint: 'its spec needs "x-headrace": {"start": "<its option>"}; `headrace state reset` makes it read everything again',
    });
  }
  if (facts?.state !== true) return config;
  const { properties } = spec.connectionSpecification;
  if (isObject(properties) && SCOPE in properties) return { ...config, [SCOPE]: scope };
  throw new ConfigError(
    'the destination keeps the states itself and has no second place for those of a backfill',
    {
      code: 'backfill.no_scope',
      place: 'destination.connector',
      hint: `its configuration needs an option ${SCOPE}`,
    },
  );
}

/** The key of a job's states. Those of a backfill are its own. A job's name has no ~ in it. */
export function statesOf({ tenant, name }: JobKey, backfill: Backfill | undefined): JobKey {
  return backfill ? { tenant, name: `${name}~${backfill.scope}` } : { tenant, name };
}

/**
 * The streams that have a range: those that are read incrementally. A full refresh reads everything anyway.
 * @param named streams that the user asked for
 * @throws ConfigErrors for a named stream, or if there is none
 */
export function backfillStreams(
  selected: readonly SelectedStream[],
  named: readonly string[] | undefined,
): SelectedStream[] {
  const streams = selected.filter((one) => one.sync_mode === 'incremental');
  const details = { code: 'backfill.full_refresh', place: 'source.streams' };
  const others = named?.filter((name) => !streams.some(({ stream }) => stream.name === name)) ?? [];
  const errors = others.map(
    (name) => new ConfigError(`${name} is read whole on each run, so it has no range to read again`, details),
  );
  if (streams.length === 0 && errors.length === 0)
    errors.push(new ConfigError('the job reads every stream whole on each run: there is no range', details));
  if (errors.length > 0) throw new ConfigErrors(errors);
  return streams;
}

/** Says which records will be stored a second time. */
export function announceBackfill({ streams }: CheckedJob, { emit }: Ports): void {
  const twice = streams.filter((one) => one.destination_sync_mode === 'append');
  if (twice.length === 0) return;
  const names = twice.map(({ stream }) => stream.name).join(', ');
  const message = `records of the range that are stored already are stored a second time: ${names}`;
  emit({ type: 'log', origin: 'runner', level: 'WARN', message });
}
