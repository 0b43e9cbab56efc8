import { isObject } from '@headrace/sdk/protocol';
import { ConfigError, jsonSchemaOf, validateConfig } from '@headrace/sdk/spec';
import { badSchedule } from './schedule.ts';
import { choiceSchema, jobSchema, jobsSchema } from './schema.ts';

const whole = jsonSchemaOf(jobsSchema);
const one = jsonSchemaOf(jobSchema);
const choice = jsonSchemaOf(choiceSchema);

/**
 * Every mistake that a jobs file shows by itself, placed by path (`jobs.jira.retries`). Top-level keys that begin with x-
 * are the user's own, for anchors.
 */
export function checkFile(value: unknown): ConfigError[] {
  if (!isObject(value))
    return [
      new ConfigError('a jobs file is a mapping with jobs in it', { code: 'config.wrong_type', place: '' }),
    ];
  const { jobs, defaults } = value;
  const top = {
    ...whole,
    properties: { ...whole.properties, jobs: { type: 'object' }, defaults: { type: 'object' } },
  };
  const own = Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith('x-')));
  const errors = validateConfig(top, own, '').map((error) =>
    moved(error, (error.place ?? '').replace(/^\./, '')),
  );
  if (isObject(defaults)) errors.push(...checkJobText(defaults, 'defaults'));
  for (const [name, job] of Object.entries(isObject(jobs) ? jobs : {})) {
    const place = `jobs.${name}`;
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name))
      errors.push(
        new ConfigError(`${name} cannot be a job's name`, {
          code: 'config.bad_format',
          place,
          hint: 'letters, digits, . _ and -; at most 63',
        }),
      );
    errors.push(
      ...(isObject(job)
        ? checkJobText(job, place)
        : [new ConfigError('a job is a mapping', { code: 'config.wrong_type', place })]),
    );
  }
  return errors;
}

function checkJobText(job: Record<string, unknown>, place: string): ConfigError[] {
  const { source } = job;
  const streams = isObject(source) && Array.isArray(source.streams) ? source.streams : [];
  const withoutStreams =
    isObject(source) && Array.isArray(source.streams)
      ? { ...job, source: { ...source, streams: ['x'] } }
      : job;
  const errors = validateConfig(one, withoutStreams, place);
  if (isObject(source) && Array.isArray(source.streams) && streams.length === 0) {
    errors.push(
      new ConfigError('names no stream', {
        code: 'config.empty',
        place: `${place}.source.streams`,
        hint: 'leave it out to read all streams',
      }),
    );
  }
  for (const [k, stream] of streams.entries()) {
    const at = `${place}.source.streams[${k}]`;
    if (isObject(stream)) errors.push(...validateConfig(choice, stream, at));
    else if (typeof stream !== 'string') errors.push(noName(stream, at));
  }
  if (typeof job.schedule === 'string') {
    const bad = badSchedule(job.schedule);
    if (bad)
      errors.push(
        new ConfigError(bad, {
          code: 'config.bad_schedule',
          place: `${place}.schedule`,
          hint: 'e.g. "0 2 * * *": every night at two',
        }),
      );
  }
  if (typeof job.timezone === 'string' && !isTimezone(job.timezone)) {
    errors.push(
      new ConfigError(`there is no time zone ${job.timezone}`, {
        code: 'config.bad_timezone',
        place: `${place}.timezone`,
        hint: 'e.g. Europe/Berlin or UTC',
      }),
    );
  }
  return errors;
}

/** What YAML takes for a number, a date or nothing may be meant as a name. */
function noName(stream: unknown, place: string): ConfigError {
  const hint = stream === null || Array.isArray(stream) ? '- issues, or - { name: issues, … }' : 'quote it';
  return new ConfigError('a stream is a name, or a mapping with one', {
    code: 'config.wrong_type',
    place,
    hint,
  });
}

function isTimezone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function moved(error: ConfigError, place: string): ConfigError {
  const message = error.message.replace(/^\./, '');
  const hint = place.startsWith('.') ? 'a key for anchors begins with x-' : error.hint;
  return new ConfigError(message, { code: error.code, place, hint });
}
