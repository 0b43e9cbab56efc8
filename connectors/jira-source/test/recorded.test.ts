import { readdirSync, readFileSync } from 'node:fs';
import { startJira } from '@headrace/sandbox';
import { expect, it } from 'vitest';
import { cleanUp, configFor, file, recordsOf, run } from './run.ts';

const FOLDER = new URL('../../../sandbox/recorded/', import.meta.url);

/** The streams whose records were recorded of a real Jira, and the first member that we add to each. */
const CONTEXT: Readonly<Record<string, string | undefined>> = {
  issues: 'updated',
  issue_changelogs: 'issueId',
  comments: 'issueId',
  worklogs: undefined,
  dev_status: 'issueId',
  users: undefined,
  issue_types: undefined,
  sprints: 'boardId',
};

it('passes real recorded answers through with equal bytes, of every stream that was recorded', async () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.jsonl'));
  const recorded = Buffer.concat(files.map((name) => readFileSync(new URL(name, FOLDER))));
  const jira = await startJira({ recorded: true });
  try {
    const streams = Object.keys(CONTEXT);
    const config = file(configFor(jira, { users: 'all' }));
    const result = await run(['read', '--config', config, '--streams', streams.join()]);
    expect(result.code).toBe(0);
    const counts = Object.fromEntries(streams.map((name) => [name, recordsOf(result, name).length]));
    expect(counts).toEqual({
      issues: 33,
      issue_changelogs: 522,
      comments: 8,
      worklogs: 30,
      dev_status: 2,
      users: 30,
      issue_types: 7,
      sprints: 30,
    });
    const altered = streams.flatMap((name) =>
      recordsOf(result, name).filter((bytes) => !recorded.includes(vendors(bytes, CONTEXT[name]))),
    );
    expect(altered.map(String)).toEqual([]);
  } finally {
    cleanUp();
    await jira.close();
  }
});

/** A payload without what stands behind the vendor's own members. */
function vendors(bytes: Buffer, context: string | undefined): Buffer {
  if (context === undefined) return bytes;
  const own = bytes.subarray(0, bytes.lastIndexOf(`,"${context}":`));
  return Buffer.concat([own, Buffer.from('}')]);
}
