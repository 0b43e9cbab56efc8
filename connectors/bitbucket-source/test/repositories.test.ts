import { type BitbucketSandbox, startBitbucket } from '@headrace/sandbox';
import type { InProcess } from '@headrace/sdk/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { check, compared, configFor, read, recordsOf, said, statusOf } from './run.ts';

let sandbox: BitbucketSandbox;
let names: string[];

beforeEach(async () => {
  sandbox = await startBitbucket({
    seed: 6,
    workspaces: 2,
    repositories: 8,
    commits: 80,
    pullRequests: 24,
    pipelines: 8,
  });
  names = sandbox.repositories().map(({ fullName }) => fullName);
});
afterEach(() => sandbox.close());

const STREAMS = ['repositories', 'pull_requests', 'commits'];
const sync = (more: object = {}, before?: InProcess): Promise<InProcess> =>
  read(configFor(sandbox, more), { before, streams: STREAMS });
const landed = (of: InProcess): unknown[] =>
  recordsOf(of, 'repositories')
    .map(({ full_name }) => full_name)
    .sort();
const uuidOf = (name: string): string =>
  sandbox.repositories().find(({ fullName }) => fullName === name)!.uuid;
const of = (read: InProcess, stream: string, uuid: string) =>
  recordsOf(read, stream).filter(({ repository_uuid }) => repository_uuid === uuid);

describe('which repositories are read', () => {
  it('all of all workspaces, without options', async () => {
    const first = await sync();
    expect(landed(first)).toEqual([...names].sort());
    for (const stream of STREAMS)
      expect(compared(sandbox, stream, first)).toMatchObject({ missing: 0, extra: 0 });
  });

  it('those that patterns match, without those that are excluded', async () => {
    const [workspace] = names[0]!.split('/');
    const own = names.filter((name) => name.startsWith(`${workspace}/`));
    const left = own[0]!;
    const first = await sync({ repositories: [`${workspace}/*`], excluded_repositories: [left] });
    expect(landed(first)).toEqual(own.filter((name) => name !== left).sort());
    const upper = await sync({
      workspaces: [`${workspace!.slice(0, 3)}*`],
      excluded_repositories: ['*/*-0'],
    });
    expect(landed(upper).length).toBeGreaterThan(0);
    expect(landed(upper).every((name) => !String(name).endsWith('-0'))).toBe(true);
  });

  it('one that is named costs no list, and is found by a former name', async () => {
    const first = await sync({ repositories: [names[1]] });
    expect(landed(first)).toEqual([names[1]]);
    expect(Object.keys(sandbox.stats().routes)).not.toContain('GET /2.0/repositories/{workspace}');
    sandbox.control.rename({ repository: names[1]!, to: 'another-name' });
    const uuid = recordsOf(first, 'repositories')[0]!.uuid as string;
    // Without a state, Bitbucket redirects.
    const again = await sync({ repositories: [names[1]] });
    expect([again.code, recordsOf(again, 'repositories')[0]!.uuid]).toEqual([0, uuid]);
    const second = await sync({ repositories: [names[1]] }, first);
    expect(second.code).toBe(0);
    expect(landed(second)).toEqual([`${names[1]!.split('/')[0]}/another-name`]);
    expect(of(second, 'pull_requests', uuid)).toEqual([]);
  });

  it('one that was renamed or transferred goes on from where it was', async () => {
    const first = await sync();
    sandbox.control.advanceClock({ ms: 7_200_000 });
    const uuid = uuidOf(names[0]!);
    const other = names.map((name) => name.split('/')[0]!).find((one) => one !== names[0]!.split('/')[0])!;
    sandbox.control.rename({ repository: names[0]!, to: 'moved' });
    sandbox.control.transfer({ repository: uuid, workspace: other });
    const second = await sync({}, first);
    expect(second.code).toBe(0);
    expect(landed(second)).toContain(`${other}/moved`);
    expect([of(second, 'pull_requests', uuid), of(second, 'commits', uuid)]).toEqual([[], []]);
  });

  it('a name that never existed is a mistake, with a suggestion', async () => {
    const wrong = `${names[0]}x`;
    const config = configFor(sandbox, { repositories: [wrong, names[0]] });
    const checked = await check(config);
    expect(JSON.stringify(checked.messages)).toContain(`did you mean ${names[0]}?`);
    const first = await read(config, { streams: STREAMS });
    expect(first.code).toBe(1);
    expect(first.records).toEqual([]);
  });

  it('a name that disappeared is INCOMPLETE, and the others are read', async () => {
    const more = { repositories: [names[0], names[1]] };
    const first = await sync(more);
    sandbox.control.deleteRepository({ repository: names[1]! });
    const { id } = sandbox.control.openPullRequest({ repository: names[0]! });
    const second = await sync(more, first);
    expect([second.code, statusOf(second, 'pull_requests')]).toEqual([1, 'INCOMPLETE']);
    expect(recordsOf(second, 'pull_requests').map((one) => one.id)).toEqual([id]);
    expect(second.errors.some(({ message }) => message.includes(names[1]!))).toBe(true);
  });

  it('a pattern that matches none is a warning', async () => {
    const pattern = `${names[0]!.split('/')[0]}/nothing-*`;
    const first = await sync({ repositories: [pattern, '*/*'] });
    expect(first.code).toBe(0);
    expect(said(first, 'WARN')).toContain(`config.repositories: ${pattern} matches no repository`);
  });

  it('a repository that is added to the options later comes whole', async () => {
    const first = await sync({ repositories: [names[0]] });
    const second = await sync({ repositories: [names[0], names[1]] }, first);
    expect(landed(second)).toEqual([names[1]]);
    const truth = sandbox.repositories().find(({ fullName }) => fullName === names[1])!;
    expect(of(second, 'pull_requests', truth.uuid)).toHaveLength(truth.pullRequests.length);
  });
});

describe('a repository that refuses to be read', () => {
  it('is passed over with a count if the workspace brought it, and comes whole once it is allowed', async () => {
    sandbox.control.deny({ repository: names[0]! });
    const first = await sync();
    expect(first.code).toBe(0);
    expect(said(first, 'INFO')).toContain(
      'pull_requests: skipped repositories that the credential may not read (1)',
    );
    expect(of(first, 'pull_requests', uuidOf(names[0]!))).toEqual([]);
    sandbox.control.allow({ repository: names[0]! });
    const second = await sync({}, first);
    for (const stream of ['pull_requests', 'commits'])
      expect(compared(sandbox, stream, first, second)).toMatchObject({ missing: 0, extra: 0 });
  });

  it.each([403, 404] as const)(
    'is INCOMPLETE with %d if it has a state, keeps its place, and the others come',
    async (status) => {
      const first = await sync();
      const open = (repository: string) => sandbox.control.openPullRequest({ repository }).id;
      const [late, other] = [open(names[0]!), open(names[1]!)];
      sandbox.control.deny({ repository: names[0]!, status });
      const second = await sync({}, first);
      expect([second.code, statusOf(second, 'pull_requests'), statusOf(second, 'commits')]).toEqual([
        1,
        'INCOMPLETE',
        'INCOMPLETE',
      ]);
      expect(recordsOf(second, 'pull_requests').map(({ id }) => id)).toContain(other);
      sandbox.control.allow({ repository: names[0]! });
      const third = await sync({}, second);
      expect(third.code).toBe(0);
      expect(of(third, 'pull_requests', uuidOf(names[0]!)).map(({ id }) => id)).toContain(late);
      for (const stream of ['pull_requests', 'commits'])
        expect(compared(sandbox, stream, first, second, third).missing).toBe(0);
    },
  );

  it('is INCOMPLETE if the configuration names it', async () => {
    sandbox.control.deny({ repository: names[0]! });
    const first = await sync({ repositories: [names[0], names[1]] });
    expect(first.code).toBe(1);
    expect(of(first, 'pull_requests', uuidOf(names[1]!)).length).toBeGreaterThan(0);
  });

  it('is a config error if all of them refuse', async () => {
    for (const repository of names) sandbox.control.deny({ repository });
    const first = await sync();
    expect(first.code).toBe(1);
    const error = first.errors.find(({ message }) => message.includes('every repository refuses'));
    expect(error?.failure_type).toBe('config_error');
  });
});

describe('a sync that ends before it has seen all repositories', () => {
  it('is continued by the next one with those that were not read', async () => {
    const config = configFor(sandbox, { concurrency: 1 });
    const read1 = async (before?: InProcess): Promise<[InProcess, string[]]> => {
      sandbox.control.clearFaults();
      // The first three repositories answer.
      sandbox.control.fail({ kind: '500', route: '/pullrequests', after: 3, times: null });
      const one = await read(config, { before, streams: ['pull_requests'] });
      const { state } = JSON.parse(one.states.at(-1)!.line) as {
        state: { stream: { stream_state: { partitions: object } } };
      };
      return [one, Object.keys(state.stream.stream_state.partitions)];
    };
    const [first, read3] = await read1();
    expect(first.code).toBe(1);
    expect(read3).toHaveLength(3);
    const [, read6] = await read1(first);
    expect(read6).toHaveLength(6);
    expect(read6.slice(0, 3)).toEqual(read3);
  });
});
