import { resolve } from 'node:path';
import { ConfigError } from '@headrace/sdk/spec';
import type { Job } from './job.ts';
import type { PreparedJob } from './prepare.ts';

/** A mistake of one of several jobs, with the job it stands in. */
export interface JobMistake {
  readonly job: Job;
  readonly error: ConfigError;
}

/**
 * Jobs that would write into one journal under one source name: their states would overwrite each other.
 * Only a destination that keeps the states can have this, and only it has a `path` and a `source`.
 */
export function sameTargets(
  jobs: ReadonlyArray<{ readonly job: Job; readonly prepared: PreparedJob }>,
): JobMistake[] {
  const first = new Map<string, Job>();
  return jobs.flatMap(({ job, prepared }) => {
    const { config, connector } = prepared.destination;
    if (!prepared.keepsStates) return [];
    const given = config.path ?? defaultPath(prepared);
    const path = typeof given === 'string' ? resolve(job.folder, given) : '';
    // A container sees its own paths: there the volumes are part of where it writes.
    const where = connector.name.startsWith('docker://')
      ? [connector.name, job.destination.volumes ?? []]
      : [];
    const key = JSON.stringify([...where, path, config.source]);
    const other = first.get(key);
    if (!other) first.set(key, job);
    const hint = 'give one of them another path, or a source of its own';
    return other
      ? [
          {
            job,
            error: new ConfigError(
              config.source === undefined
                ? `${other.name} and ${job.name} write to the same path`
                : `${other.name} and ${job.name} write to the same path and source (${String(config.source)})`,
              {
                code: 'jobs.same_target',
                place: `destination.config.${config.source === undefined ? 'path' : 'source'}`,
                hint: config.source === undefined ? 'give one of them another path' : hint,
              },
            ),
          },
        ]
      : [];
  });
}

function defaultPath({ destination }: PreparedJob): unknown {
  const { properties } = destination.spec.connectionSpecification as {
    properties?: { path?: { default?: unknown } };
  };
  return properties?.path?.default;
}
