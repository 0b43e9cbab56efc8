import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  cleanUp,
  configFor,
  errors,
  file,
  ids,
  lastState,
  logs,
  type Message,
  read,
  run,
  states,
  statuses,
} from './run.ts';
import { COMMENTS, ISSUES_PER_PROJECT, PROJECTS, startTracker, type TrackerApi } from './tracker/api.ts';

let api: TrackerApi;
beforeEach(async () => {
  api = await startTracker();
});
afterEach(() => api.stop());
afterAll(cleanUp);

const COMPLETE = { projects: 'COMPLETE', users: 'COMPLETE', issues: 'COMPLETE', comments: 'COMPLETE' };
const sorted = (list: Iterable<string>): string[] => [...new Set(list)].sort();
const failIssuesOf = (project: string, page: string, status: number): void => {
  api.fault = (path, query) =>
    path === '/issues' && query.get('project') === project && query.get('page') === page ? status : 0;
};

describe('before a read', () => {
  test('the spec is the source’s own plus the common options', async () => {
    const { code, messages } = await run(['spec']);
    expect(code).toBe(0);
    const { spec } = messages[0] as unknown as { spec: { connectionSpecification: { properties: object } } };
    expect(spec.connectionSpecification.properties).toMatchObject({
      url: { title: 'URL' },
      backfill: { type: 'boolean' },
    });
  });

  test('check is FAILED with the source’s message, but a network error is thrown', async () => {
    const check = (config: object) => run(['check', '--config', file(config)]);
    const good = await check(configFor(api));
    expect(good.messages.at(-1)?.connectionStatus).toEqual({ status: 'SUCCEEDED' });
    const bad = await check(configFor(api, { credentials: { auth: 'token', token: 'a-wrong-token-123' } }));
    expect(bad.code).toBe(0);
    expect(bad.messages.at(-1)?.connectionStatus).toEqual({
      status: 'FAILED',
      message: '/projects answered 401: "no, Bearer ****"',
    });
    api.fault = () => 503;
    const down = await check(configFor(api));
    expect(down.code).toBe(1);
    expect(errors(down)[0]).toMatchObject({ failure_type: 'transient_error' });
  });

  test('an invalid config is rejected with the place of each mistake', async () => {
    const { messages } = await run([
      'check',
      '--config',
      file({ credentials: { auth: 'token', token: 't' }, onyl: ['p1'] }),
    ]);
    expect(messages.at(-1)?.connectionStatus).toMatchObject({ status: 'FAILED' });
    const { message } = messages.at(-1)!.connectionStatus;
    expect(message).toMatch(/config\.url is required/);
    expect(message).toMatch(/onyl.*did you mean only/);
  });

  test('discover shows the streams as the source describes them', async () => {
    const args = ['discover', '--config', file(configFor(api))];
    const { code, messages } = await run(args, { fromSources: true });
    expect(code).toBe(0);
    const { streams } = messages.find(({ type }) => type === 'CATALOG')!.catalog;
    expect(streams.map(({ name }) => name).sort()).toEqual(['comments', 'issues', 'projects', 'users']);
    // The SDK adds what the source omits, because singer-sdk drops a stream without it.
    const parent = { type: ['null', 'object'], properties: {}, additionalProperties: true };
    expect(streams.find(({ name }) => name === 'issues')).toMatchObject({
      json_schema: { properties: { parent }, definitions: { note: {} } },
      default_cursor_field: ['updated'],
      source_defined_primary_key: [['id']],
    });
  });
});

describe('reading', () => {
  test('sends the same records as the CDK’s own runner', async () => {
    const ours = await read(api);
    expect(ours.code).toBe(0);
    expect(statuses(ours)).toEqual(COMPLETE);
    const catalog = ['comments', 'issues', 'projects', 'users'].map((name) => ({
      stream: { name, json_schema: {} },
      sync_mode: 'incremental',
    }));
    const theirs = await cdk(['--catalog', file({ streams: catalog })]);
    const said = ({ messages }: Pick<typeof ours, 'messages'>): string[] =>
      messages
        .filter(({ type }) => type === 'RECORD')
        .map(({ record }) => `${record.stream} ${JSON.stringify(record.data)}`)
        .sort();
    expect(said(ours)).toHaveLength(PROJECTS.length * (ISSUES_PER_PROJECT + 1) + 25 + COMMENTS);
    expect(said(ours)).toEqual(said(theirs));
    // Within a stream, records keep the source's order.
    for (const stream of ['issues', 'comments']) expect(ids(ours, stream)).toEqual(ids(theirs, stream));
  });

  test('everything the source logs and prints becomes LOG, and stderr stays empty', async () => {
    const ended = await read(api);
    expect(logs(ended)).toEqual(
      expect.arrayContaining([
        'INFO loading the tracker',
        'INFO plain text on stdout',
        'INFO and in pieces',
        'WARN and on stderr',
        'INFO Reading issues of p1 since 0',
        'INFO after the read',
      ]),
    );
    expect(ended.stderr).toBe('');
  });

  test('a stream starts after the streams it depends on', async () => {
    const { messages } = await read(api);
    const first = (stream: string) => messages.findIndex(({ record }) => record?.stream === stream);
    const end = (stream: string) =>
      messages.findIndex(
        ({ trace }) =>
          trace?.stream_status?.stream_descriptor.name === stream &&
          trace.stream_status.status === 'COMPLETE',
      );
    expect(end('projects')).toBeLessThan(first('issues'));
    expect(end('issues')).toBeLessThan(first('comments'));
  });

  test('streams are read one at a time, or concurrently if allowed', async () => {
    const overlap = async (options: object): Promise<boolean> => {
      let open = new Set<string>();
      let seen = false;
      api.fault = (path) => {
        if (path !== '/users' && path !== '/issues') return 0;
        open.add(path);
        if (path === '/users') seen ||= open.has('/issues');
        return 0;
      };
      await read(api, { options, config: { only: ['p1'] }, args: ['--streams', 'issues,users'] });
      open = new Set();
      return seen;
    };
    expect(await overlap({})).toBe(true);
    const order = api.requests.map((url) => url.split('?')[0]).filter((path) => path !== '/projects');
    // All requests of one stream, then those of the other.
    expect(order.join().replaceAll(/(\/\w+)(,\1)+/g, '$1')).toBe('/issues,/users');
    api.requests.length = 0;
    await overlap({ sideBySide: true });
    const mixed = api.requests.map((url) => url.split('?')[0]).filter((path) => path !== '/projects');
    expect(mixed.join().replaceAll(/(\/\w+)(,\1)+/g, '$1')).not.toBe('/issues,/users');
  });

  test('a second run sends what is new, a full refresh sends everything', async () => {
    const first = await read(api);
    api.addIssue('p2');
    const second = await read(api, { state: states(first) });
    expect(second.code).toBe(0);
    expect(ids(second, 'issues')).toEqual(['issues/p2-40']);
    expect(ids(second, 'comments')).toEqual([]);
    expect(ids(second, 'users')).toHaveLength(25);
    const catalog = { streams: [{ stream: { name: 'issues', json_schema: {} }, sync_mode: 'full_refresh' }] };
    const full = await read(api, { state: states(first), args: ['--catalog', file(catalog)] });
    expect(ids(full, 'issues')).toHaveLength(201);
    expect(states(full, 'issues').map(({ state }) => state.stream.stream_state.partitions)).toEqual([{}]);
  });

  test('a backfill reads everything and keeps the state', async () => {
    const first = await read(api);
    api.addIssue('p2');
    const backfill = await read(api, { state: states(first), config: { backfill: true } });
    expect(ids(backfill, 'issues')).toHaveLength(201);
    expect(lastState(backfill, 'issues')).toEqual(lastState(first, 'issues'));
  });
});

describe('failures during a read', () => {
  test('a failed slice keeps the previous state; its stream is incomplete, the others are complete', async () => {
    failIssuesOf('p3', '2', 500);
    const failed = await read(api);
    expect(failed.code).toBe(1);
    expect(statuses(failed)).toEqual({
      projects: 'COMPLETE',
      users: 'COMPLETE',
      issues: 'INCOMPLETE',
      comments: 'INCOMPLETE',
    });
    expect(errors(failed)[0]).toMatchObject({
      message: expect.stringContaining('slice {"project":"p3"}: /issues answered 500'),
      failure_type: 'transient_error',
      stream_descriptor: { name: 'issues' },
    });
    expect(Object.keys(lastState(failed, 'issues')!)).toEqual(['p1', 'p2']);
    // The records of the failed slice were sent, but no STATE covers them.
    expect(ids(failed, 'issues')).toHaveLength(100);
    // The dependent stream was not read, because its position would pass the missing records.
    expect(ids(failed, 'comments')).toEqual([]);

    api.fault = () => 0;
    const resumed = await read(api, { state: states(failed) });
    expect(resumed.code).toBe(0);
    expect(ids(resumed, 'issues')).toHaveLength(120);
    expect(sorted([...ids(failed), ...ids(resumed)])).toEqual(sorted(ids(await read(api))));
  });

  test('within a slice, the last checkpoint counts', async () => {
    api.fault = (path, query) => (path === '/comments' && query.get('page') === '7' ? 500 : 0);
    const failed = await read(api, { args: ['--streams', 'comments'] });
    // 70 records arrived; checkpoints are every 15.
    expect(ids(failed)).toHaveLength(70);
    expect(states(failed).reduce((sum, { state }) => sum + state.sourceStats.recordCount, 0)).toBe(60);
    api.fault = () => 0;
    const resumed = await read(api, { state: states(failed), args: ['--streams', 'comments'] });
    expect(ids(resumed)).toHaveLength(70);
    expect(sorted([...ids(failed), ...ids(resumed)])).toHaveLength(COMMENTS);
  });

  test('independent slices continue, and only the failed one is read again', async () => {
    failIssuesOf('p2', '1', 500);
    const options = { independentSlices: ['issues'] };
    const failed = await read(api, { options });
    expect(failed.code).toBe(1);
    expect(statuses(failed).issues).toBe('INCOMPLETE');
    expect(Object.keys(lastState(failed, 'issues')!)).toEqual(['p1', 'p3', 'p4', 'p5']);
    expect(logs(failed)).toContainEqual(
      expect.stringMatching(/WARN issues slice .*"p2".*10 of its records will be sent again/),
    );
    api.fault = () => 0;
    const resumed = await read(api, { state: states(failed), options });
    expect(ids(resumed, 'issues')).toHaveLength(ISSUES_PER_PROJECT);
    expect(sorted([...ids(failed), ...ids(resumed)])).toEqual(sorted(ids(await read(api))));
  });

  test('other slices continue if max_slice_failures allows it, but their states do not count', async () => {
    failIssuesOf('p2', '1', 500);
    const failed = await read(api, { config: { max_slice_failures: -1 } });
    expect(failed.code).toBe(1);
    expect(ids(failed, 'issues')).toHaveLength(4 * ISSUES_PER_PROJECT + 10);
    expect(Object.keys(lastState(failed, 'issues')!)).toEqual(['p1']);
  });

  test('a NonFatalError fails its slice, or nothing if configured', async () => {
    failIssuesOf('p2', '1', 403);
    const strict = await read(api, { config: { non_fatal: true } });
    expect(strict.code).toBe(1);
    expect(statuses(strict).issues).toBe('INCOMPLETE');
    expect(ids(strict, 'issues')).toHaveLength(4 * ISSUES_PER_PROJECT + 10);
    expect(Object.keys(lastState(strict, 'issues')!)).toEqual(['p1']);
    const lenient = await read(api, { config: { non_fatal: true }, options: { nonFatal: 'nothing' } });
    expect(lenient.code).toBe(0);
    expect(statuses(lenient)).toEqual(COMPLETE);
    expect(Object.keys(lastState(lenient, 'issues')!)).toEqual(PROJECTS);
    expect(logs(lenient)).toContainEqual(
      expect.stringMatching(/WARN issues slice .*no issues of p2.*continuing, because the source says so/),
    );
  });

  test('credentials that expire during a sync are a config_error, and no secret is printed', async () => {
    failIssuesOf('p1', '1', 401);
    const failed = await read(api);
    expect(errors(failed)[0]).toMatchObject({ failure_type: 'config_error' });
    expect(failed.stdout).toContain('no, Bearer ****');
    expect(failed.stdout + failed.stderr).not.toContain(api.token);
  });
});

describe('stopping', () => {
  test('resuming from any STATE sends the rest, and nothing from before it', {
    timeout: 300_000,
  }, async () => {
    // Slow enough for several pages, and so for STATEs at checkpoints within a slice.
    api.delay = (path) => (path === '/comments' ? 60 : 0);
    const whole = await read(api);
    api.delay = () => 0;
    const all = sorted(ids(whole));
    const at = whole.messages.flatMap(({ type }, k) => (type === 'STATE' ? [k] : []));
    // STATEs after slices of issues, at checkpoints of comments, and at the end of each stream.
    expect(at.length).toBeGreaterThan(10);
    for (const end of at) {
      const before = { messages: whole.messages.slice(0, end + 1) };
      const saved = new Map<string, Message>();
      for (const message of before.messages)
        if (message.type === 'STATE') saved.set(message.state.stream.stream_descriptor.name, message);
      const resumed = await read(api, { state: [...saved.values()] });
      expect(resumed.code).toBe(0);
      expect(sorted([...ids(before), ...ids(resumed)])).toEqual(all);
      const { stream } = whole.messages[end]!.state;
      const { name } = stream.stream_descriptor;
      if (name === 'issues' || name === 'comments') {
        const again = new Set(ids(before, name));
        expect(ids(resumed, name).filter((id) => again.has(id))).toEqual([]);
      }
    }
  });

  test('after a SIGKILL at any point, nothing is missing', {
    timeout: 300_000,
  }, async () => {
    const all = sorted(ids(await read(api)));
    let killed = 0;
    for (let bytes = 2000; bytes < 60_000; bytes += 11_000) {
      const dead = await read(api, { watch: (out, kill) => void (out.length > bytes && kill('SIGKILL')) });
      if (dead.signal === 'SIGKILL') killed++;
      const resumed = await read(api, { state: states(dead) });
      expect(sorted([...ids(dead), ...ids(resumed)])).toEqual(all);
    }
    expect(killed).toBeGreaterThan(3);
  });

  test('SIGTERM ends a source that waits for an answer, after sending its safe states', async () => {
    api.fault = (path, query) => (path === '/issues' && query.get('project') === 'p3' ? 'hang' : 0);
    const begun = performance.now();
    const stopped = await read(api, {
      watch: (out, kill) => void (out.includes('issues of p3') && kill('SIGTERM')),
    });
    expect(stopped.signal).toBe('SIGTERM');
    expect(performance.now() - begun).toBeLessThan(8000);
    expect(Object.keys(lastState(stopped, 'issues')!)).toEqual(['p1', 'p2']);
  });
});

describe('states', () => {
  test.each(['as printed', 'packed', 'unpacked', 'legacy'])(
    'accepts a state from the CDK’s runner: %s',
    async (form) => {
      const catalog = {
        streams: ['issues', 'comments'].map((name) => ({
          stream: { name, json_schema: {} },
          sync_mode: 'incremental',
        })),
      };
      const config = form === 'unpacked' || form === 'legacy' ? { compress_state: false } : {};
      const theirs = await cdk(['--catalog', file(catalog)], config);
      const lines = theirs.messages.filter(({ type }) => type === 'STATE');
      const last = lines.at(-1)!.state.data!;
      const state =
        form === 'as printed'
          ? lines.map((line) => JSON.stringify(line)).join('\n')
          : form === 'legacy'
            ? { type: 'LEGACY', data: last }
            : last;
      if (form === 'packed') expect(last).toMatchObject({ format: 'base64/gzip' });
      api.addIssue('p4');
      const ours = await read(api, { state, args: ['--catalog', file(catalog)] });
      expect(ours.code).toBe(0);
      expect(ids(ours)).toEqual(['issues/p4-40']);
    },
  );

  test('rejects a state of another source', async () => {
    const refused = await read(api, { state: { something: { else: 1 } } });
    expect(refused.code).toBe(1);
    expect(errors(refused)[0]).toMatchObject({ failure_type: 'config_error' });
    const packed = await read(api, { state: { format: 'base64/zip', data: 'x' } });
    expect(packed.code).toBe(1);
    expect(errors(packed)[0]?.message).toMatch(/packed state/);
  });

  test('rejects a state of another site', async () => {
    const first = await read(api);
    const other = await read(api, {
      state: states(first),
      options: {},
      config: { url: api.url.replace('127.0.0.1', 'localhost') },
    });
    expect(other.code).toBe(1);
    expect(errors(other)[0]?.message).toMatch(/127\.0\.0\.1.*localhost/);
  });

  test('what the source stores next to its streams’ states is restored, in its newest version', async () => {
    const config = { buckets: 2 };
    const first = await read(api, { config });
    expect(sorted(ids(first, 'issues').map((id) => id.slice(7, 9)))).toEqual(['p1', 'p3', 'p5']);
    const second = await read(api, { config, state: states(first) });
    expect(sorted(ids(second, 'issues').map((id) => id.slice(7, 9)))).toEqual(['p2', 'p4']);
    // One stream's state is older, as after a run in which it failed.
    const third = await read(api, {
      config,
      state: [...states(first, 'comments'), ...states(second, 'issues')],
    });
    expect(third.code).toBe(0);
    expect(lastState(third, 'issues')).toEqual(lastState(second, 'issues'));
    expect(states(third, 'issues').at(-1)!.state.stream.stream_state.partitions['']!.beside).toEqual({
      run: 3,
      state: { __buckets: { last: 0 } },
    });
  });

  test('an excluded stream keeps its state; it is incomplete if it would look empty', async () => {
    const first = await read(api);
    const config = { skip_comments: true };
    const all = await read(api, { config, state: states(first) });
    expect(Object.keys(statuses(all)).sort()).toEqual(['issues', 'projects', 'users']);
    expect(logs(all)).toContainEqual(
      expect.stringMatching(/WARN the source excludes these streams .*: comments/),
    );
    const catalog = (sync_mode: string) =>
      file({ streams: [{ stream: { name: 'comments', json_schema: {} }, sync_mode }] });
    const named = await read(api, {
      config,
      state: states(first),
      args: ['--catalog', catalog('incremental')],
    });
    expect(named.code).toBe(0);
    expect(lastState(named, 'comments')).toEqual(lastState(first, 'comments'));
    const full = await read(api, { config, args: ['--catalog', catalog('full_refresh')] });
    expect(full.code).toBe(1);
    expect(statuses(full)).toEqual({ comments: 'INCOMPLETE' });
  });
});

/** Reads the same source with the CDK's own runner. */
async function cdk(args: readonly string[], config: object = {}) {
  const ended = await run(['read', '--config', file(configFor(api, config)), '--state', file({}), ...args], {
    main: 'cdk-main',
    // The source's hooks print anything to stdout; keep only the messages.
    raw: true,
  });
  expect(ended.code).toBe(0);
  return ended;
}
