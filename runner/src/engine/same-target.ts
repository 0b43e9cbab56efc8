import { resolve } from 'node:path';
import { ConfigError } from '@headrace/sdk/spec';
import { defaultAt, factsOf, optionAt } from './connector-facts.ts';
import type { Job } from './job.ts';
import type { PreparedJob } from './prepare.ts';

/** A mistake in one of several jobs. */
export interface JobMistake {
  readonly job: Job;
  readonly error: ConfigError;
}

/**
 * Jobs that would write to one target under one source name: they would overwrite each other's states. What the target
 * is, the destination's spec says (`x-headrace.target`); without it two jobs cannot be compared.
 */
export function sameTargets(
  jobs: ReadonlyArray<{ readonly job: Job; readonly prepared: PreparedJob }>,
): JobMistake[] {
  const first = new Map<string, Job>();
  return jobs.flatMap(({ job, prepared }) => {
    const { config, connector, spec } = prepared.destination;
    const { target = [], source } = factsOf(spec) ?? {};
    if (target.length === 0) return [];
    const values = target.map((path) => {
      const value = optionAt(config, path) ?? defaultAt(spec.connectionSpecification, path);
      // A path may be written in several ways, and a port as text. Whatever else differs stays different.
      const isPlain = typeof value === 'string' || typeof value === 'number';
      return isPlain ? resolve(job.folder, String(value)) : value;
    });
    // A container sees its own paths: there the volumes are part of where it writes.
    const volumes = connector.name.startsWith('docker://') ? (job.destination.volumes ?? []) : [];
    const name = source === undefined ? undefined : optionAt(config, source);
    const key = JSON.stringify([nameOf(connector.name), volumes, values, name]);
    const other = first.get(key);
    if (!other) {
      first.set(key, job);
      return [];
    }
    const where = target.join(', ');
    const what = name === undefined ? where : `${where} and ${source} (${String(name)})`;
    const error = new ConfigError(`${other.name} and ${job.name} write to the same ${what}`, {
      code: 'jobs.same_target',
      place: `destination.config.${name === undefined ? target.at(-1) : source}`,
      hint: `give one of them another ${where}${name === undefined ? '' : `, or a ${source} of its own`}`,
    });
    return [{ job, error }];
  });
}

/** Programs that write to one target are compared with each other, whatever path they are started by. */
function nameOf(connector: string): string {
  return connector.startsWith('docker://') ? connector : '';
}
