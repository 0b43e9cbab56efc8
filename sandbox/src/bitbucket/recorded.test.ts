import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BitbucketSandbox, startBitbucket } from './sandbox.ts';
import { allTexts, ask, query } from './testing/client.ts';

const folder = new URL('../../recorded/', import.meta.url);
/** The body of each line: the text between `{"body":` and the last brace. */
const lines = (name: string) =>
  readFileSync(new URL(`bitbucket_${name}.jsonl`, folder), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.slice('{"body":'.length, -1));

let bitbucket: BitbucketSandbox;
beforeAll(async () => {
  bitbucket = await startBitbucket({ recorded: true });
});
afterAll(() => bitbucket.close());

const PATH = 'repositories/likyh/likyhphp';
const texts = (list: string) => allTexts(bitbucket, `${PATH}/${list}`);

it('recorded lists are served with the exact bytes of the files', async () => {
  expect(await allTexts(bitbucket, 'repositories/likyh')).toEqual(lines('repositories'));
  expect((await ask(bitbucket, PATH)).text).toBe(lines('repositories')[0]);
  expect(await texts(`pullrequests?${query({ q: 'id > 0', pagelen: 20 })}`)).toEqual(lines('pull_requests'));
  expect(await texts('pipelines/?pagelen=7')).toEqual(lines('pipelines'));
  expect(await texts('deployments/?pagelen=7')).toEqual(lines('deployments'));
  const uuids = lines('pipelines').map((line) => (JSON.parse(line) as { uuid: string }).uuid);
  const steps = await Promise.all(uuids.map((uuid) => texts(`pipelines/${encodeURIComponent(uuid)}/steps/`)));
  expect(lines('pipeline_steps')).toEqual(expect.arrayContaining(steps.flat()));
  expect(steps.flat().length).toBeGreaterThan(20);
  const ids = lines('pull_requests').map((line) => (JSON.parse(line) as { id: number }).id);
  const comments = await Promise.all(ids.map((id) => texts(`pullrequests/${id}/comments`)));
  expect(comments.flat().sort()).toEqual(lines('pullrequest_comments').sort());
  expect(await texts(`pullrequests/${ids[0]}/commits?pagelen=3`)).toEqual(lines('pull_request_commits'));
});

it('they are filtered and sorted by what they say, and do not change', async () => {
  const since = '2022-08-14T00:00:00+00:00';
  const late = await texts(
    `pullrequests?${query({ q: `updated_on >= ${since} AND state IN ("OPEN")`, sort: '-updated_on' })}`,
  );
  const dates = late.map((text) => (JSON.parse(text) as { updated_on: string }).updated_on);
  expect(dates).toEqual([...dates].sort().reverse());
  expect(dates.length).toBeGreaterThan(0);
  expect(dates.every((date) => date >= since)).toBe(true);
  expect(() => bitbucket.control.push({ repository: 'likyhphp' })).toThrow(
    'recorded repositories do not change',
  );
});
