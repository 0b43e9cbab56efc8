import { readdirSync, readFileSync } from 'node:fs';
import { startBitbucket } from '@headrace/sandbox';
import { expect, it } from 'vitest';
import { configFor, read, vendors } from './run.ts';

const FOLDER = new URL('../../../sandbox/recorded/', import.meta.url);

/** The streams that were recorded of a real Bitbucket, and how many records of each. */
const RECORDED = {
  repositories: 1,
  pull_requests: 57,
  pr_comments: 18,
  pr_commits: 8,
  pipelines: 22,
  pipeline_steps: 35,
  deployments: 27,
};

it('passes real recorded answers through with equal bytes, of every stream that was recorded', async () => {
  const files = readdirSync(FOLDER).filter((name) => name.startsWith('bitbucket_'));
  const recorded = files.map((name) => readFileSync(new URL(name, FOLDER), 'utf8')).join('');
  const bitbucket = await startBitbucket({ recorded: true });
  try {
    const streams = Object.keys(RECORDED);
    const result = await read(configFor(bitbucket), { streams });
    expect(result.errors).toEqual([]);
    const counts = Object.fromEntries(streams.map((name) => [name, vendors(result, name).length]));
    expect(counts).toEqual(RECORDED);
    const altered = streams.flatMap((name) =>
      vendors(result, name).filter((text) => !recorded.includes(text)),
    );
    expect(altered).toEqual([]);
  } finally {
    await bitbucket.close();
  }
});
