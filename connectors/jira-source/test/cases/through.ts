import { type JiraOptions, type JiraSandbox, startJira } from '@headrace/sandbox';
import {
  endOf,
  type InProcess,
  type InProcessOptions,
  runInProcess,
  statesAfter,
} from '@headrace/sdk/testing';
import jiraSource from '../../src/source.ts';
import { type JiraProxy, type Rule, startProxy } from './proxy.ts';

/** A sandbox with a proxy in front of it that lies, and jira-source to read through it. */
export interface Through {
  readonly jira: JiraSandbox;
  readonly proxy: JiraProxy;
  /** A configuration that signs in through the proxy. */
  config(more?: object): object;
  /** Reads streams under a rule. */
  read(
    rule: Rule | undefined,
    streams: readonly string[],
    options?: InProcessOptions & { readonly config?: object },
  ): Promise<InProcess>;
  check(rule: Rule | undefined, config?: object, catalog?: object): Promise<InProcess>;
  close(): Promise<void>;
}

/** To be made once a file: a sandbox is small and fast, and not for nothing. */
export async function through(options: JiraOptions): Promise<Through> {
  const jira = await startJira({ seed: 7, ...options });
  const proxy = await startProxy(jira.url);
  const credentials =
    options.deployment === 'data-center'
      ? { auth_type: 'personal_access_token', token: jira.personalAccessToken }
      : { auth_type: 'api_token', email: jira.email, api_token: jira.apiToken };
  const config = (more: object = {}): object => ({ base_url: proxy.url, credentials, ...more });
  const under = (rule: Rule | undefined): void => {
    proxy.rule = rule ?? (() => undefined);
  };
  return {
    jira,
    proxy,
    config,
    read: (rule, streams, { config: more, ...rest } = {}) => {
      under(rule);
      return runInProcess(jiraSource, 'read', config(more), { streams, ...rest });
    },
    check: (rule, more, catalog) => {
      under(rule);
      return runInProcess(jiraSource, 'check', config(more), { catalog });
    },
    close: async () => {
      await proxy.close();
      await jira.close();
    },
  };
}

/** How a run ended: its code, and of each stream its records and end, `sprints 130 COMPLETE`. */
export function ending(run: InProcess, streams: readonly string[]): string[] {
  const counts = Map.groupBy(run.records, ({ stream }) => stream);
  return [
    `exit ${run.code}`,
    ...streams.map((name) => `${name} ${counts.get(name)?.length ?? 0} ${endOf(run, name)}`),
  ];
}

/** The records of a stream, parsed. */
// biome-ignore lint/suspicious/noExplicitAny: the vendor's records have no type here
export const rowsOf = ({ records }: InProcess, stream: string): any[] =>
  records.filter((record) => record.stream === stream).map(({ text }) => JSON.parse(text));

/** What a run logged at a level. */
export const said = ({ messages }: InProcess, level: 'INFO' | 'WARN'): string[] =>
  messages.flatMap((message) =>
    message.type === 'LOG' && message.log.level === level ? [message.log.message] : [],
  );

/** The last state of each stream. */
export const statesOf = (run: InProcess) => statesAfter(run, run.states.length);

/** What the streams failed with, by their names. */
export const failures = ({ errors }: InProcess): string[] =>
  errors.map(({ stream_descriptor: stream, message }) => `${stream?.name ?? 'run'}: ${message}`);
