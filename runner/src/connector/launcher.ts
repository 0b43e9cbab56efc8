import { join } from 'node:path';
import type { LogLevel } from '@headrace/sdk/protocol';
import type { Clock } from '../engine/clock.ts';
import type { JobEnd } from '../engine/job.ts';
import { dockerLaunch } from './docker.ts';
import { childEnvironment } from './environment.ts';
import { findConnector, type Program } from './find.ts';
import type { Launch } from './process.ts';
import { pythonProgram } from './python-package.ts';
import type { CallFolder, WorkFolder } from './work-folder.ts';

/** What a connector on this machine needs besides its name. */
export interface Surroundings {
  /** The connector's working directory: relative paths of its config start there. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where its config, catalog and state files are written. */
  readonly work: WorkFolder;
  readonly clock: Clock;
  /** Removes secrets from a text. */
  readonly scrub: (text: string) => string;
}

/** What may happen before a program is started: a Python package is installed once. */
interface Before {
  /** Variables for this call. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  onLog(level: LogLevel, message: string): void;
}

/** One call of a program. Its files are in a separate folder that no container of another call sees. */
interface ProgramCall {
  readonly args: string[];
  /** Writes a file for the call and returns its path. */
  put(name: string, text: string): string;
  /** Adds `--name FILE` with a value as JSON. */
  give(name: string, value: unknown): void;
  launch(before: Before): Promise<Launch>;
}

/** A program or an image, ready to be called. */
export interface Launcher {
  /** As it is shown to people: a file, an image or a package. */
  readonly shown: string;
  readonly warnings: readonly string[];
  open(...args: string[]): ProgramCall;
}

/** Tells every connector that the config has values instead of references, and that rotated tokens are stored. */
const HANDED_OVER = { HEADRACE_CONTROL: '1', HEADRACE_CONFIG_RESOLVED: '1' };

/**
 * What `name` names, to be called for an end of a job.
 * @throws ConfigError if there is no such connector, or it may not be run
 */
export function launcherOf(name: string, end: JobEnd, around: Surroundings): Launcher {
  const program = findConnector(name, around.folder, around.env);
  const { passed, missed } = childEnvironment(around.env, end.env, program.kind === 'image');
  return {
    shown: shownOf(program),
    warnings: warningsOf(program, missed),
    open(...args) {
      let folder: CallFolder | undefined;
      const put = (file: string, text: string) => {
        folder ??= around.work.call();
        return folder.write(file, text);
      };
      return {
        args,
        put,
        give: (option, value) => args.push(`--${option}`, put(`${option}.json`, JSON.stringify(value))),
        launch: (before) => launch(program, args, folder?.path, passed, end, around, before),
      };
    },
  };
}

function shownOf(program: Program): string {
  if (program.kind === 'image') return `the image ${program.image}`;
  if (program.kind === 'program') return program.path;
  return `the Python package ${program.of.name} ${program.of.version}`;
}

function warningsOf(program: Program, missed: readonly string[]): string[] {
  const warnings: string[] = [];
  if (program.kind === 'program' && program.warning !== undefined) warnings.push(program.warning);
  if (missed.length > 0)
    warnings.push(
      `connectors do not get ${missed.join(', ')} from the environment; \`env: [${missed[0]}]\` of a source or destination passes one on`,
    );
  return warnings;
}

async function launch(
  program: Program,
  args: readonly string[],
  files: string | undefined,
  passed: Readonly<Record<string, string>>,
  end: JobEnd,
  { folder, env, scrub, clock }: Surroundings,
  { signal, onLog, env: more }: Before,
): Promise<Launch> {
  if (program.kind === 'image') {
    const { image } = program;
    const names = Object.keys(passed).filter((name) => !(name in HANDED_OVER));
    // The docker client is trusted: it gets this machine's environment, which tells it where its daemon is.
    return {
      ...dockerLaunch({ image, args, files, set: HANDED_OVER, passed: names }, end, folder, env),
      scrub,
    };
  }
  const own = { cwd: folder, env: { ...passed, ...HANDED_OVER, ...more }, scrub };
  if (program.kind === 'program')
    return { command: program.command, args: [...program.args, ...args], ...own };
  const root = join(folder, '.headrace');
  const say = (message: string) => onLog('WARN', message);
  const command = await pythonProgram(program.of, { root, env, clock, scrub, signal, onLog: say });
  return { command, args, ...own };
}
