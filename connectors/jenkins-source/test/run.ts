import { type JenkinsOptions, type JenkinsSandbox, startJenkins } from '@headrace/sandbox';
import {
  endOf,
  type InProcess,
  type InProcessOptions,
  runInProcess,
  statesAfter,
} from '@headrace/sdk/testing';
import { onTestFinished } from 'vitest';
import source from '../src/source.ts';

/** A Jenkins that is closed at the end of the test. */
export async function jenkinsWith(options: JenkinsOptions = {}): Promise<JenkinsSandbox> {
  const jenkins = await startJenkins({ seed: 7, jobs: 12, builds: 120, running: 0, ...options });
  onTestFinished(() => jenkins.close());
  return jenkins;
}

const configFor = (jenkins: JenkinsSandbox, more: object = {}): object => ({
  base_url: jenkins.root,
  credentials: { auth_type: 'api_token', username: jenkins.user, api_token: jenkins.apiToken },
  ...more,
});

/** A read, and what it left for the next one. */
export interface Read extends InProcess {
  readonly left: NonNullable<InProcessOptions['states']>;
  /** How many requests it made. */
  readonly requests: number;
  /** What it logged: `WARN …`. */
  readonly logged: readonly string[];
}

/** Reads some streams in this process. */
export async function read(
  jenkins: JenkinsSandbox,
  streams: readonly string[],
  { before, ...more }: { before?: Read; env?: Record<string, string> } & Record<string, unknown> = {},
): Promise<Read> {
  const { env, ...config } = more as { env?: Record<string, string> };
  jenkins.control.resetStats();
  const output = await runInProcess(source, 'read', configFor(jenkins, config), {
    streams,
    states: before?.left,
    env: { HEADRACE_BACKOFF_MS: '1', ...env },
  });
  return {
    ...output,
    left: statesAfter(output, output.states.length),
    requests: jenkins.costs().length,
    logged: output.messages.flatMap((message) =>
      message.type === 'LOG' ? [`${message.log.level} ${message.log.message}`] : [],
    ),
  };
}

export const check = (jenkins: JenkinsSandbox, config: object) =>
  runInProcess(source, 'check', configFor(jenkins, config));

/** How each stream ended, and what failed: `builds: INCOMPLETE`. */
export const ends = (output: InProcess, streams: readonly string[]): string[] =>
  streams.map((stream) => `${stream}: ${endOf(output, stream)}`);

export type Data = Record<string, unknown> & {
  jobFullName: string;
  fullName: string;
  number: number;
  timestamp: number;
};

/** The records of a stream, parsed. */
export const recordsOf = (output: InProcess, stream: string): Data[] =>
  output.records.filter((record) => record.stream === stream).map(({ text }) => JSON.parse(text) as Data);

/** A build as its key says. */
export const keyOf = ({
  jobFullName,
  number,
  timestamp,
}: Pick<Data, 'jobFullName' | 'number' | 'timestamp'>) => `${jobFullName} #${number} ${timestamp}`;

/** The path of a job below the root, as the sandbox's oracle takes it. */
export const pathOf = (fullName: string): string =>
  fullName
    .split('/')
    .map((name) => `job/${encodeURIComponent(name)}`)
    .join('/');

/** A record's own bytes, without the context fields behind them. */
export const ownBytes = (text: string, firstContext: string): string =>
  `${text.slice(0, text.lastIndexOf(`,"${firstContext}":`))}}`;
