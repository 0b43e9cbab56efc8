import { ConfigError, ConfigErrors, didYouMean } from '@headrace/sdk/spec';
import { type LoadedFile, loadJobs } from '../jobs/load.ts';
import { isShown, logLine } from '../terminal/log-lines.ts';
import type { Context } from './context.ts';

/** A job by its file and name. It is resolved later. */
export interface PickedJob {
  readonly file: LoadedFile;
  readonly name: string;
}

/** The files that the common flags choose. @throws ConfigErrors with every mistake in them */
export function loadFiles({ flags, cwd, env, secrets, output }: Context): LoadedFile[] {
  const warned = new Set<string>();
  const files = loadJobs(flags.file, {
    cwd,
    env,
    learned: (value) => secrets.add([value]),
    warn(message) {
      if (!warned.has(message) && isShown('WARN', output.logLevel))
        output.note(logLine({ type: 'log', origin: 'runner', level: 'WARN', message }));
      warned.add(message);
    },
  });
  if (flags.tenant === undefined) return files;
  const found = files.filter(({ tenant }) => tenant === flags.tenant);
  if (found.length > 0) return found;
  throw unknown(
    'tenant',
    flags.tenant,
    files.map(({ tenant }) => tenant),
  );
}

/**
 * The jobs that are named, or all of them.
 * @throws ConfigErrors for names that do not exist, or that several tenants have
 */
export function pickJobs(files: readonly LoadedFile[], names: readonly string[]): PickedJob[] {
  const all = files.flatMap((file) => file.jobs.map((name) => ({ file, name })));
  if (names.length === 0) return all;
  const errors: ConfigError[] = [];
  const picked = [...new Set(names)].flatMap((name) => {
    const found = all.filter((job) => job.name === name);
    if (found.length === 0)
      errors.push(
        unknown(
          'job',
          name,
          all.map((job) => job.name),
        ),
      );
    if (found.length > 1) {
      const tenants = found.map(({ file }) => file.tenant).join(', ');
      errors.push(
        new ConfigError(`several tenants have a job ${name}: ${tenants}`, {
          code: 'jobs.ambiguous',
          hint: 'choose one with --tenant',
        }),
      );
    }
    return found;
  });
  if (errors.length > 0) throw new ConfigErrors(errors);
  return picked;
}

/**
 * The job of a verb that takes one: the named one, or the only one.
 * @throws ConfigError if there are several and none is named
 */
export function pickOne(name: string | undefined, context: Context): PickedJob {
  const [first, ...others] = pickJobs(loadFiles(context), name === undefined ? [] : [name]);
  if (first && others.length === 0) return first;
  if (!first) throw new ConfigError('there are no jobs', { code: 'jobs.none' });
  throw new ConfigError('which job?', {
    code: 'usage.which_job',
    hint: `name one of ${[first, ...others].map((one) => one.name).join(', ')}`,
  });
}

function unknown(what: string, name: string, names: readonly string[]): ConfigError {
  const near = didYouMean(name, names);
  return new ConfigError(`there is no ${what} ${name}`, {
    code: `jobs.unknown_${what}`,
    hint: near ? `did you mean ${near}?` : `there are: ${names.join(', ')}`,
  });
}
