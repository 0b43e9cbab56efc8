import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { AirbyteMessage, CatalogStream } from '@headrace/sdk/protocol';
import { ConfigError } from '@headrace/sdk/spec';
import type { Clock } from '../engine/clock.ts';
import type { Connector, ConnectorProcess } from '../engine/connector.ts';
import type { JobEnd } from '../engine/job.ts';
import { parseAsWritten } from '../engine/numbers.ts';
import { call, callText } from './call.ts';
import { findConnector, type Program } from './find.ts';
import { type Launch, startProcess } from './process.ts';
import type { WorkFolder } from './work-folder.ts';

/** What a connector of this machine needs besides its name. */
export interface Surroundings {
  /** The connector's working directory: relative paths of its config start there. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where its config, catalog and state files are put. */
  readonly work: WorkFolder;
  readonly clock: Clock;
}

/** Told to every connector: the config holds values, not references, and a rotated token is taken over. */
const HANDED_OVER = { HEADRACE_CONTROL: '1', HEADRACE_CONFIG_RESOLVED: '1' };
/** What of the environment concerns a container, too. */
const PASSED_ON = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'LOG_LEVEL',
];

/**
 * A connector that is started as a process for each verb.
 * @throws ConfigError where there is no such connector
 */
export function processConnector(end: JobEnd, around: Surroundings): Connector {
  const program = findConnector(end.connector, around.folder, around.env);
  const { clock } = around;
  const start = (args: readonly string[]): Launch => launch(program, args, end, around);
  const put = (name: string, value: unknown): string => around.work.write(name, JSON.stringify(value));
  const config = (value: unknown): string[] => ['--config', put('config.json', value)];

  return {
    name: end.connector,
    spec: (options) =>
      call(start(['spec']), 'spec', (message) => (message.type === 'SPEC' ? message.spec : undefined), {
        ...options,
        clock,
      }),
    async check(value, catalog, options) {
      const args = [
        'check',
        ...config(value),
        ...(catalog ? ['--catalog', put('catalog.json', catalog)] : []),
      ];
      const answer = await call(start(args), 'check', statusOf, { ...options, clock });
      if (answer.status === 'SUCCEEDED') return;
      throw new ConfigError(answer.message ?? 'the check failed and gave no reason', {
        code: 'connector.check_failed',
      });
    },
    discover: (value, options) =>
      call(start(['discover', ...config(value)]), 'discover', catalogOf, { ...options, clock }),
    states: (value, options) => callText(start(['state', ...config(value)]), 'state', { ...options, clock }),
    async read(input) {
      const args = ['read', ...config(input.config), '--catalog', put('catalog.json', input.catalog)];
      const piped = input.statesByPipe && input.states !== undefined;
      if (piped) args.push('--state', '-');
      else if (input.states !== undefined)
        args.push('--state', around.work.write('state.json', input.states));
      const process = await startProcess(start(args), (line) => input.onLog('INFO', line), clock);
      process.stdin.end(piped ? `${input.states}\n` : undefined);
      return process;
    },
    write(input): Promise<ConnectorProcess> {
      const args = ['write', ...config(input.config), '--catalog', put('catalog.json', input.catalog)];
      return startProcess(start(args), (line) => input.onLog('INFO', line), clock);
    },
  };
}

function statusOf(message: AirbyteMessage) {
  return message.type === 'CONNECTION_STATUS' ? message.connectionStatus : undefined;
}

/** With the numbers of its schemas as they are written: both ends get them again. */
function catalogOf(message: AirbyteMessage, line: Buffer): CatalogStream[] | undefined {
  if (message.type !== 'CATALOG') return undefined;
  return (parseAsWritten(line.toString('utf8')) as typeof message).catalog.streams;
}

function launch(program: Program, args: readonly string[], end: JobEnd, around: Surroundings): Launch {
  const { folder: cwd } = around;
  if (program.kind === 'program') {
    const env = { ...around.env, ...HANDED_OVER };
    return { command: program.command, args: [...program.args, ...args], cwd, env };
  }
  const name = `headrace-${randomBytes(6).toString('hex')}`;
  const passed = PASSED_ON.filter((key) => around.env[key] !== undefined);
  const docker = [
    'run',
    '--rm',
    '--interactive',
    '--name',
    name,
    '--volume',
    `${around.work.path}:${around.work.path}:ro`,
  ];
  // The files are readable by this user alone, so the container has to be this user.
  if (process.getuid && process.getgid) docker.push('--user', `${process.getuid()}:${process.getgid()}`);
  for (const volume of end.volumes ?? []) docker.push('--volume', absolute(volume, cwd));
  for (const [key, value] of Object.entries(HANDED_OVER)) docker.push('--env', `${key}=${value}`);
  for (const key of passed) docker.push('--env', key);
  return {
    command: 'docker',
    args: [...docker, program.image, ...args],
    cwd,
    env: around.env,
    // SIGKILL ends the client only; the container would run on.
    killAlso: () =>
      spawn('docker', ['kill', name], { stdio: 'ignore', env: around.env })
        .on('error', () => {})
        .unref(),
  };
}

/** `./bronze:/data` with its host part made absolute, as docker wants it. */
function absolute(volume: string, folder: string): string {
  const [host = '', ...rest] = volume.split(':');
  return [host.startsWith('.') ? resolve(folder, host) : host, ...rest].join(':');
}
