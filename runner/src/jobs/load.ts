import { readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { JsonObject } from '@headrace/sdk/protocol';
import { ConfigError, ConfigErrors, type HeadraceError } from '@headrace/sdk/spec';
import type { Alert } from '../engine/alert.ts';
import { movedTo } from '../engine/failures.ts';
import type { Job, StreamChoice } from '../engine/job.ts';
import { plainNumbers } from '../engine/numbers.ts';
import { checkFile } from './check-file.ts';
import { parseEnvText } from './env-text.ts';
import { expand, type References } from './expand.ts';
import { exposure } from './exposed.ts';
import { withDefaults } from './merge.ts';
import { type PlacedYaml, parsePlaced, textPath } from './places.ts';
import { expandJob } from './resolve.ts';
import type { JobsFile, WrittenJob } from './schema.ts';
import { secretFiles } from './secret-files.ts';
import { readText } from './text-file.ts';

/** One jobs file, which is one tenant. Its jobs are resolved on request. */
export interface LoadedFile {
  /** As errors name it. */
  readonly name: string;
  readonly path: string;
  /** Where relative paths, `.env`, `secrets/` and `.headrace/` are. */
  readonly folder: string;
  readonly tenant: string;
  readonly jobs: readonly string[];
  /** The job with its variables and secrets as names: plain data that may be stored and sent. */
  written(name: string): Job;
  /** The job with its variables and secrets filled in. @throws ConfigErrors for those that do not exist */
  job(name: string): Job;
  /** Only its alerts, filled in: they must work although something else of the job cannot be. @throws ConfigErrors */
  alerts(name: string): readonly Alert[];
  /** A place of a job (`source.config.x`) as file, line and path; any other place as it is. */
  place(path: string, job: string): string;
  /** The error with its place in this file. */
  placed(error: HeadraceError, job: string): HeadraceError;
}

export interface LoadOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Called with every secret value, so that it is scrubbed from the output (invariant 6). */
  learned(value: string): void;
  /** Called with warnings that do not stop a run. */
  warn(message: string): void;
}

const DEFAULT_FILE = 'headrace.yaml';
const SECRET_NAME = /TOKEN|SECRET|PASSW|KEY|CREDENTIAL/i;

/**
 * Loads a jobs file, or every `.yaml`, `.yml` and `.json` file of a folder.
 * @throws ConfigErrors with every mistake, each with file, line and path
 */
export function loadJobs(path: string | undefined, options: LoadOptions): LoadedFile[] {
  const at = resolve(options.cwd, path ?? DEFAULT_FILE);
  const stat = statSync(at, { throwIfNoEntry: false });
  if (!stat) {
    const hint = path === undefined ? 'run `headrace init` to make one, or name one with --file' : undefined;
    throw new ConfigError(`there is no ${path ?? DEFAULT_FILE}`, { code: 'jobs.no_file', hint });
  }
  const paths = stat.isDirectory() ? filesIn(at) : [at];
  if (paths.length === 0)
    throw new ConfigError(`there is no jobs file in ${path}`, {
      code: 'jobs.no_file',
      hint: 'a jobs file ends in .yaml, .yml or .json',
    });
  const errors: ConfigError[] = [];
  const files = paths.flatMap((file) => {
    try {
      return [loadFile(file, options)];
    } catch (error) {
      if (!(error instanceof ConfigErrors)) throw error;
      errors.push(...error.errors);
      return [];
    }
  });
  for (const [k, file] of files.entries()) {
    const first = files.slice(0, k).find((other) => other.tenant === file.tenant);
    if (first)
      errors.push(
        new ConfigError(`the tenant ${file.tenant} has two files, ${first.name} and ${file.name}`, {
          code: 'jobs.two_files',
          place: file.name,
        }),
      );
  }
  if (errors.length > 0) throw new ConfigErrors(errors);
  return files;
}

function filesIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => /\.(ya?ml|json)$/.test(name) && !name.startsWith('.'));
  return names.sort().map((name) => join(folder, name));
}

function loadFile(path: string, options: LoadOptions): LoadedFile {
  const name = relative(options.cwd, path) || path;
  const yaml = parsePlaced(readText(path), name);
  const mistakes = checkFile(plainNumbers(yaml.value)).map(
    (error) => movedTo(error, yaml.place(textPath(error.place ?? ''))) as ConfigError,
  );
  if (mistakes.length > 0) throw new ConfigErrors(mistakes);

  const written = yaml.value as JobsFile;
  const folder = dirname(path);
  const tenant = written.tenant ?? 'default';
  const references = referencesOf(folder, tenant, options);
  const place = (at: string, job: string) => placeOf(yaml, at, job);
  const placed = (error: HeadraceError, job: string): HeadraceError => {
    if (error instanceof ConfigErrors)
      return new ConfigErrors(error.errors.map((one) => placed(one, job) as ConfigError));
    return error.place ? movedTo(error, place(error.place, job)) : error;
  };
  return {
    name,
    path,
    folder,
    tenant,
    jobs: Object.keys(written.jobs),
    written(name) {
      const errors: ConfigError[] = [];
      const job = fillIn(written, name, folder, tenant, errors);
      if (errors.length > 0) throw placed(new ConfigErrors(errors), name);
      return job;
    },
    job(name) {
      const missing: ConfigError[] = [];
      const errors: ConfigError[] = [];
      const job = expandJob(fillIn(written, name, folder, tenant, missing), references, errors);
      errors.push(...missing);
      if (errors.length > 0) throw placed(new ConfigErrors(errors), name);
      return job;
    },
    alerts(name) {
      const errors: ConfigError[] = [];
      const { alerts = [] } = fillIn(written, name, folder, tenant, []);
      const filled = expand(alerts, references, ['alerts'], errors) as readonly Alert[];
      if (errors.length > 0) throw placed(new ConfigErrors(errors), name);
      return filled;
    },
    place,
    placed,
  };
}

/** What the references in a tenant's jobs name, in the process that runs them. */
export function referencesOf(folder: string, tenant: string, options: LoadOptions): References {
  const beside = envBeside(folder, options);
  const all: Record<string, string | undefined> = { ...beside, ...options.env };
  for (const [key, value] of Object.entries(all)) if (value && SECRET_NAME.test(key)) options.learned(value);
  return { tenant, env: all, secret: secretFiles(join(folder, 'secrets', tenant), options) };
}

function envBeside(folder: string, { cwd, warn }: LoadOptions): Record<string, string> {
  const path = join(folder, '.env');
  if (!statSync(path, { throwIfNoEntry: false })) return {};
  const text = readText(path);
  const exposed = exposure(path, relative(cwd, path));
  if (exposed !== undefined) warn(exposed);
  return parseEnvText(text);
}

function fillIn(file: JobsFile, name: string, folder: string, tenant: string, errors: ConfigError[]): Job {
  const merged = withDefaults(file.defaults, file.jobs[name] as WrittenJob);
  // A configuration keeps its numbers as they are written; ours are calculated with.
  const job = plainNumbers(merged) as WrittenJob;
  const { source, destination } = job;
  for (const [role, end] of [
    ['source', source],
    ['destination', destination],
  ] as const) {
    if (end?.connector === undefined)
      errors.push(
        new ConfigError(`${role}.connector is required`, {
          code: 'config.field_required',
          place: `${role}.connector`,
          hint: `name the connector of the ${role}, e.g. ${role === 'source' ? 'jira-source' : 'jsonl-destination'}`,
        }),
      );
  }
  return {
    ...job,
    tenant,
    name,
    folder,
    source: {
      ...source,
      connector: source?.connector as string,
      config: (merged.source?.config ?? {}) as JsonObject,
      streams: source?.streams?.map(choiceOf),
    },
    destination: {
      ...destination,
      connector: destination?.connector as string,
      config: (merged.destination?.config ?? {}) as JsonObject,
    },
    retries: job.retries ?? 3,
    retry_delay_seconds: job.retry_delay_seconds ?? 2,
    stall_minutes: job.stall_minutes ?? 180,
    priority: job.priority ?? 'normal',
  };
}

function choiceOf(stream: string | StreamChoice): StreamChoice {
  return typeof stream === 'string' ? { name: stream } : stream;
}

const JOB_KEYS =
  /^(source|destination|requests_per_second|retries|retry_delay_seconds|timeout_minutes|stall_minutes|schedule|timezone|priority|alerts)\b/;

/** The place of a value in the file: in the job, or in the defaults if it comes from there. */
function placeOf(yaml: PlacedYaml, at: string, job: string): string {
  if (!JOB_KEYS.test(at)) return at;
  const path = textPath(at);
  const inJob = ['jobs', job, ...path];
  const inDefaults = ['defaults', ...path];
  return yaml.place(!yaml.has(inJob) && yaml.has(inDefaults) ? inDefaults : inJob);
}
