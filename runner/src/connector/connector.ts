import {
  type AirbyteMessage,
  type CatalogStream,
  type ConnectorSpecification,
  inMib,
} from '@headrace/sdk/protocol';
import { ConfigError, DataError } from '@headrace/sdk/spec';
import type { Clock } from '../engine/clock.ts';
import type { Connector, ConnectorProcess } from '../engine/connector.ts';
import type { JobEnd } from '../engine/job.ts';
import { parseAsWritten } from '../engine/numbers.ts';
import { call, callText } from './call.ts';
import { dockerLaunch } from './docker.ts';
import { childEnvironment } from './environment.ts';
import { findConnector, type Program } from './find.ts';
import { type Launch, startProcess } from './process.ts';
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

/** Tells every connector that the config has values instead of references, and that rotated tokens are stored. */
const HANDED_OVER = { HEADRACE_CONTROL: '1', HEADRACE_CONFIG_RESOLVED: '1' };

/**
 * A connector that is started as a process for each verb.
 * @throws ConfigError if there is no such connector, or it may not be run
 */
export function processConnector(end: JobEnd, around: Surroundings): Connector {
  const program = findConnector(end.connector, around.folder, around.env);
  const { clock } = around;
  const { passed, missed } = childEnvironment(around.env, end.env, program.kind === 'image');
  /** One call. Its files are in a separate folder that no container of another call sees. */
  const open = (verb: string) => {
    let folder: CallFolder | undefined;
    const args = [verb];
    const put = (name: string, text: string) => {
      folder ??= around.work.call();
      return folder.write(name, text);
    };
    return {
      args,
      put,
      give: (name: string, value: unknown) =>
        args.push(`--${name}`, put(`${name}.json`, JSON.stringify(value))),
      launch: () => launch(program, args, folder?.path, passed, end, around),
    };
  };

  return {
    name: end.connector,
    program: program.kind === 'image' ? `the image ${program.image}` : program.path,
    warnings: warningsOf(program, missed),
    spec: (options) => call(open('spec').launch(), 'spec', specOf, { ...options, clock }),
    async check(value, catalog, options) {
      const one = open('check');
      one.give('config', value);
      if (catalog) one.give('catalog', catalog);
      const answer = await call(one.launch(), 'check', statusOf, { ...options, clock });
      if (answer.status === 'SUCCEEDED') return;
      throw new ConfigError(answer.message ?? 'the check failed and gave no reason', {
        code: 'connector.check_failed',
      });
    },
    discover(value, options) {
      const one = open('discover');
      one.give('config', value);
      return call(one.launch(), 'discover', catalogOf, { ...options, clock });
    },
    verb(value, { name, args = [], files = {} }, options) {
      const one = open(name);
      one.give('config', value);
      for (const [option, text] of Object.entries(files))
        one.args.push(`--${option}`, one.put(`${option}.json`, text));
      one.args.push(...args);
      return callText(one.launch(), name, { ...options, clock });
    },
    async read(input) {
      const one = open('read');
      one.give('config', input.config);
      one.give('catalog', input.catalog);
      if (input.limit !== undefined) one.args.push('--limit', String(input.limit));
      const piped = input.statesByPipe && input.states !== undefined;
      if (piped) one.args.push('--state', '-');
      else if (input.states !== undefined) one.args.push('--state', one.put('state.json', input.states));
      const process = await startProcess(one.launch(), (line) => input.onLog('INFO', line), clock);
      process.stdin.end(piped ? `${input.states}\n` : undefined);
      return process;
    },
    write(input): Promise<ConnectorProcess> {
      const one = open('write');
      one.give('config', input.config);
      one.give('catalog', input.catalog);
      return startProcess(one.launch(), (line) => input.onLog('INFO', line), clock);
    },
  };
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

/** The longest known specs have some hundred KiB. */
const LONGEST_SPEC = 4 << 20;

function specOf(message: AirbyteMessage, line: Buffer): ConnectorSpecification | undefined {
  if (message.type !== 'SPEC') return undefined;
  if (line.length > LONGEST_SPEC)
    throw new DataError(`the spec is larger than ${inMib(LONGEST_SPEC)}`, {
      code: 'connector.answer_too_large',
    });
  return message.spec;
}

function statusOf(message: AirbyteMessage) {
  return message.type === 'CONNECTION_STATUS' ? message.connectionStatus : undefined;
}

/** The numbers in its schemas keep their digits, because both ends get them again. */
function catalogOf(message: AirbyteMessage, line: Buffer): CatalogStream[] | undefined {
  if (message.type !== 'CATALOG') return undefined;
  return (parseAsWritten(line.toString('utf8')) as typeof message).catalog.streams;
}

function launch(
  program: Program,
  args: readonly string[],
  files: string | undefined,
  passed: Readonly<Record<string, string>>,
  end: JobEnd,
  { folder, env, scrub }: Surroundings,
): Launch {
  if (program.kind === 'program')
    return {
      command: program.command,
      args: [...program.args, ...args],
      cwd: folder,
      env: { ...passed, ...HANDED_OVER },
      scrub,
    };
  const { image } = program;
  const names = Object.keys(passed).filter((name) => !(name in HANDED_OVER));
  // The docker client is trusted: it gets this machine's environment, which tells it where its daemon is.
  return {
    ...dockerLaunch({ image, args, files, set: HANDED_OVER, passed: names }, end, folder, env),
    scrub,
  };
}
