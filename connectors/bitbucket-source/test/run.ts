import type { BitbucketSandbox } from '@headrace/sandbox';
import { type InProcess, type InProcessOptions, runInProcess, statesAfter } from '@headrace/sdk/testing';
import bitbucket, { streams } from '../src/source.ts';

/** The names of all streams. */
export const STREAMS = streams.map(({ name }) => name);

/** Where the source's own members begin in a record of a stream: behind the vendor's. */
const OWN: Readonly<Record<string, string>> = {
  workspace_members: ',"workspace_uuid":',
  pr_activities: ',"activity_id":',
};

export function configFor(sandbox: BitbucketSandbox, more: object = {}): object {
  return {
    base_url: sandbox.url,
    auth_url: sandbox.url,
    credentials: { auth_type: 'api_token', email: sandbox.email, api_token: sandbox.apiToken },
    ...more,
  };
}

/** A read, in this process. @param before the read whose last states it goes on from */
export function read(
  config: object,
  { before, ...options }: InProcessOptions & { readonly before?: InProcess } = {},
): Promise<InProcess> {
  const states = before && statesAfter(before, before.states.length);
  return runInProcess(bitbucket, 'read', config, { ...options, states });
}

export const check = (config: object, options?: InProcessOptions): Promise<InProcess> =>
  runInProcess(bitbucket, 'check', config, options);

export const discover = (config: object): Promise<InProcess> => runInProcess(bitbucket, 'discover', config);

/** The vendor's part of the records of a stream, in order. */
export function vendors({ records }: Pick<InProcess, 'records'>, stream: string): string[] {
  const own = OWN[stream] ?? ',"repository_uuid":';
  return records
    .filter((record) => record.stream === stream)
    .map(({ text }) => {
      const at = text.lastIndexOf(own);
      return at === -1 ? text : `${text.slice(0, at)}}`;
    });
}

/** The records of a stream, parsed. */
export const recordsOf = (
  { records }: Pick<InProcess, 'records'>,
  stream: string,
): Array<Record<string, unknown>> =>
  records
    .filter((record) => record.stream === stream)
    .map(({ text }) => JSON.parse(text) as Record<string, unknown>);

/** How many records of a stream are missing, and how many came that are not there, or more often than once. */
export function compared(
  sandbox: BitbucketSandbox,
  stream: string,
  ...reads: ReadonlyArray<Pick<InProcess, 'records'>>
): { readonly expected: number; readonly missing: number; readonly extra: number } {
  const facts = sandbox
    .truth(stream as Parameters<typeof sandbox.truth>[0])
    .map(({ bytes }) => onOneLine(bytes));
  const left = new Map<string, number>();
  for (const fact of facts) left.set(fact, (left.get(fact) ?? 0) + 1);
  let extra = 0;
  for (const text of reads.flatMap((one) => vendors(one, stream))) {
    const count = left.get(text) ?? 0;
    if (count === 0) extra++;
    else left.set(text, count - 1);
  }
  const missing = [...left.values()].reduce((all, count) => all + count, 0);
  return { expected: facts.length, missing, extra };
}

/** White space between tokens that contains a line break is not kept in a record of one line. */
const onOneLine = (bytes: Buffer): string => {
  const text = bytes.toString();
  return text.includes('\n') ? JSON.stringify(JSON.parse(text)) : text;
};

export const statusOf = ({ messages }: InProcess, stream: string): string | undefined =>
  messages
    .flatMap((message) =>
      message.type === 'TRACE' &&
      message.trace.type === 'STREAM_STATUS' &&
      message.trace.stream_status.stream_descriptor.name === stream
        ? [message.trace.stream_status.status as string]
        : [],
    )
    .at(-1);

/** What was logged at a level. */
export const said = ({ messages }: InProcess, level: string): string[] =>
  messages.flatMap((message) =>
    message.type === 'LOG' && message.log.level === level ? [message.log.message] : [],
  );
