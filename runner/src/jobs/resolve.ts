import { type ConfigError, ConfigErrors } from '@headrace/sdk/spec';
import type { Job } from '../engine/job.ts';
import { parseAsWritten, plainNumbers } from '../engine/numbers.ts';
import { expand, type References } from './expand.ts';

/**
 * The job with its variables and secrets filled in, ready to run. Called by the process that runs it: what it returns
 * is never stored or sent.
 * @throws ConfigErrors for every variable and secret that does not exist, placed by its path in the job
 */
export function resolveJob(job: Job, references: References): Job {
  const errors: ConfigError[] = [];
  const resolved = expandJob(job, references, errors);
  if (errors.length > 0) throw new ConfigErrors(errors);
  return resolved;
}

/** As `resolveJob`, for a caller that has found other mistakes too. */
export function expandJob(job: Job, references: References, errors: ConfigError[]): Job {
  const { tenant, name, folder, ...rest } = job;
  return { tenant, name, folder, ...(expand(rest, references, [], errors) as typeof rest) };
}

/** Reads a job that was written with JSON.stringify. The numbers of its configurations keep their digits. */
export function parseJob(text: string): Job {
  const written = parseAsWritten(text) as Job;
  const job = plainNumbers(written) as Job;
  return {
    ...job,
    source: { ...job.source, config: written.source.config },
    destination: { ...job.destination, config: written.destination.config },
  };
}
