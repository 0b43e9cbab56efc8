import { spawn } from 'node:child_process';
import type { SandboxStats } from '@headrace/sandbox';
import { environment } from '../processes.ts';

/** A sandbox Jira in its own process, so that its CPU time is not counted as the source's. */
export interface SandboxProcess {
  readonly url: string;
  /** The Authorization header. */
  readonly authorization: string;
  /** A configuration of jira-source for this sandbox. */
  config(more?: object): object;
  /** Sends an authorized request and returns the JSON of the answer. */
  ask<T>(path: string, body?: object): Promise<T>;
  /** Counters since the start or the last `resetStats`. */
  stats(): Promise<SandboxStats>;
  /** See “While it runs” in the sandbox's README. */
  control(command: { readonly do: string; readonly [name: string]: unknown }): Promise<void>;
  stop(): void;
}

/** @param flags options of `headrace-sandbox jira` */
export async function startSandbox(
  flags: Readonly<Record<string, string | number>>,
): Promise<SandboxProcess> {
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn('headrace-sandbox', ['jira', '--port', '0', ...args], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const hello = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (text: Buffer) => resolve(text.toString()));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the sandbox ended with ${code}`)));
  });
  const [, url, email, token] = /(http:\/\/\S+).*email (\S+), API token ([^\s)]+)/.exec(hello)!;
  const authorization = `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`;
  const ask = async <T>(path: string, body?: object): Promise<T> => {
    const answer = await fetch(`${url}${path}`, {
      headers: { authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  return {
    url: url!,
    authorization,
    config: (more = {}) => ({
      base_url: url,
      credentials: { auth_type: 'api_token', email, api_token: token },
      ...more,
    }),
    ask,
    stats: () => ask('/_sandbox/stats'),
    control: async (command) => {
      await ask('/_sandbox/control', command);
    },
    stop: () => {
      child.kill();
    },
  };
}
