import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { ConfigError } from '@headrace/sdk/spec';
import type { JobEnd } from '../engine/job.ts';
import type { Launch } from './process.ts';

/** What a container of one call gets. */
export interface ContainerCall {
  readonly image: string;
  readonly args: readonly string[];
  /** The folder with its files; undefined if it gets none. */
  readonly files: string | undefined;
  /** Set in the container. */
  readonly set: Readonly<Record<string, string>>;
  /** Names of variables that it gets as they are here. */
  readonly passed: readonly string[];
}

/** An image's name as registries write it. It never looks like a docker option. */
const IMAGE = /^[A-Za-z0-9][A-Za-z0-9._/:@+-]*$/;
/** Enough for a JVM with its threads, and a limit for a fork bomb. */
const MOST_PROCESSES = 1024;

/** @throws ConfigError (`connector.bad_image`) */
export function mustBeImage(image: string): void {
  if (IMAGE.test(image)) return;
  throw new ConfigError(`${JSON.stringify(image)} is no name of an image`, {
    code: 'connector.bad_image',
    hint: 'docker://image:tag, e.g. docker://airbyte/source-faker:6.2.1',
  });
}

/**
 * How a container is started. It sees only the files of this call, cannot gain privileges, and is not root unless this
 * process is.
 * @throws ConfigError (`connector.bad_volume`)
 */
export function dockerLaunch(
  call: ContainerCall,
  { volumes = [], memory }: Pick<JobEnd, 'volumes' | 'memory'>,
  folder: string,
  env: NodeJS.ProcessEnv,
): Omit<Launch, 'scrub'> {
  const name = `headrace-${randomBytes(6).toString('hex')}`;
  const args = ['run', '--rm', '--interactive', '--name', name];
  args.push('--cap-drop', 'ALL', '--security-opt', 'no-new-privileges');
  args.push('--pids-limit', String(MOST_PROCESSES));
  if (memory !== undefined) args.push('--memory', memory);
  // Only this user can read the files, so the container runs as this user.
  if (process.getuid && process.getgid) args.push('--user', `${process.getuid()}:${process.getgid()}`);
  if (call.files !== undefined) args.push('--volume', `${call.files}:${call.files}:ro`);
  for (const volume of volumes) args.push('--volume', volumeAt(volume, folder));
  for (const [key, value] of Object.entries(call.set)) args.push('--env', `${key}=${value}`);
  // By name, because a value would be visible in the process list.
  for (const key of call.passed) args.push('--env', key);
  return {
    command: 'docker',
    args: [...args, call.image, ...call.args],
    cwd: folder,
    env,
    // SIGKILL ends only the client; the container would keep running.
    killAlso: () =>
      spawn('docker', ['kill', name], { stdio: 'ignore', env })
        .on('error', () => {})
        .unref(),
  };
}

/** `./bronze:/data` with its host part made absolute, as docker requires. */
function volumeAt(volume: string, folder: string): string {
  const [host = '', ...rest] = volume.split(':');
  if (!/^[A-Za-z0-9._~/]/.test(host) || rest.length === 0 || !rest[0]?.startsWith('/'))
    throw new ConfigError(`${JSON.stringify(volume)} is no volume`, {
      code: 'connector.bad_volume',
      hint: 'host:container, e.g. ./bronze:/data or /etc/ssl:/etc/ssl:ro',
    });
  return [host.startsWith('.') ? resolve(folder, host) : host, ...rest].join(':');
}
