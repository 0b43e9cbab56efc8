import { readFileSync } from 'node:fs';
import { type JiraOptions, type JiraSandbox, startJira } from '@headrace/sandbox';
import { afterEach, describe, expect, it } from 'vitest';
import {
  cleanUp,
  configFor,
  data,
  errors,
  file,
  outcome,
  run,
  runAlone,
  start,
  states,
  statuses,
  vendors,
} from './run.ts';

let jira: JiraSandbox;

async function sandbox(options: JiraOptions = {}): Promise<void> {
  jira = await startJira({ issues: 300, seed: 7, panelsOneIn: 12, ...options });
}

afterEach(async () => {
  cleanUp();
  await jira?.close();
});

/** Streams of each kind; the others have tests of their own. */
const FEW = ['--streams', 'issues,projects,users,fields'];
const config = (more: object = {}): string => file(configFor(jira, more));
const ids = (lines: readonly Buffer[] | undefined): string[] =>
  (lines ?? []).map((line) => data(line).id).sort();

describe('jira-source read', () => {
  it('sends every issue with the bytes that Jira sent, plus context fields', async () => {
    await sandbox({ issues: 500 });
    const { code, records, messages } = await run(['read', '--config', config(), ...FEW]);
    expect(code).toBe(0);
    const issues = records.get('issues')!;
    expect(ids(issues)).toEqual(
      jira
        .ids()
        .map(({ id }) => id)
        .sort(),
    );
    const all = Buffer.concat(issues);
    // What a parser would destroy is in the data, and arrives.
    for (const odd of [
      /\d{20}/,
      /3\.0[,}\]]/,
      /1e2/,
      /\\u2028/,
      /\u2028/,
      /\\\//,
      /\\ud83d/i,
      /😀|🚀|🎉|🔥/u,
    ])
      expect(all.toString()).toMatch(odd);
    for (const line of issues) expect(vendors(line).equals(jira.issueBytes(data(line).id))).toBe(true);
    const one = data(issues[0]!);
    expect(one).toMatchObject({
      updated: expect.stringMatching(/Z$/),
      created: expect.stringMatching(/Z$/),
      projectId: expect.any(String),
      projectKey: one.key.split('-')[0],
    });
    expect(records.get('projects')).toHaveLength(6);
    expect(records.get('users')).toHaveLength(40);
    expect(records.get('fields')!.length).toBeGreaterThan(30);
    for (const stream of ['issues', 'projects', 'users', 'fields']) {
      expect(statuses({ messages } as never, stream)).toEqual(['STARTED', 'RUNNING', 'COMPLETE']);
      const counted = states({ messages } as never, stream).reduce(
        (sum, { state }) => sum + state.sourceStats.recordCount,
        0,
      );
      expect(counted).toBe(records.get(stream)!.length);
    }
    expect(messages[0]!.trace.analytics).toEqual({ type: 'source', value: 'jira' });
  });

  it.each(['lf', 'crlf'] as const)(
    'puts pretty-printed records (%s) on one line and touches nothing else',
    async (pretty) => {
      await sandbox({ issues: 60, pretty });
      const { records } = await run(['read', '--config', config(), '--streams', 'issues']);
      for (const line of records.get('issues')!) {
        expect(line.includes('\r')).toBe(false);
        expect(vendors(line).equals(jira.issueBytes(data(line).id))).toBe(true);
      }
      expect(records.get('issues')).toHaveLength(60);
    },
  );

  it('brings nothing the second time, and then what changed', async () => {
    await sandbox();
    const first = await run(['read', '--config', config(), ...FEW]);
    const saved = file(states(first, 'issues').map(({ state }) => ({ type: 'STREAM', ...state })));
    const second = await run(['read', '--config', config(), ...FEW, '--state', saved]);
    expect(second.records.get('issues')).toBeUndefined();
    expect(second.records.get('projects')).toHaveLength(6);
    expect(statuses(second, 'issues')).toEqual(['STARTED', 'COMPLETE']);
    const touched = jira.control.touch({ count: 25 });
    const third = await run(['read', '--config', config(), ...FEW, '--state', saved]);
    expect(ids(third.records.get('issues'))).toEqual([...new Set(touched.map(({ id }) => id))].sort());
  });

  it('loses nothing from any of its states', async () => {
    await sandbox({ issues: 1200, projects: 2 });
    const whole = await run(['read', '--config', config(), '--streams', 'issues'], {
      HEADRACE_STATE_INTERVAL_MS: '0',
    });
    const stops = states(whole, 'issues');
    expect(stops.length).toBeGreaterThan(10);
    let before = 0;
    for (const [i, { state }] of stops.entries()) {
      before += state.sourceStats.recordCount;
      // A few of them here, every one of four streams in the long tests.
      if (i % Math.ceil(stops.length / 5) !== 0) continue;
      const saved = file([{ type: 'STREAM', ...state }]);
      const rest = await run(['read', '--config', config(), '--streams', 'issues', '--state', saved]);
      const sent = whole.records
        .get('issues')!
        .slice(0, before)
        .concat(rest.records.get('issues') ?? []);
      expect(new Set(sent.map((line) => data(line).id)).size).toBe(1200);
      expect(sent).toHaveLength(1200);
    }
  });

  it('delivers the last version of everything over an index that lags', async () => {
    await sandbox({ issues: 200, indexLagMs: 60_000 });
    const landed = new Map<string, string>();
    let saved = '[]';
    for (let sync = 0; sync < 6; sync++) {
      jira.control.touch({ count: 20 });
      jira.control.advanceClock({ ms: 45_000 });
      const result = await run(['read', '--config', config(), '--streams', 'issues', '--state', file(saved)]);
      expect(result.code).toBe(0);
      for (const line of result.records.get('issues') ?? [])
        landed.set(data(line).id, vendors(line).toString());
      saved = JSON.stringify(states(result, 'issues').map(({ state }) => ({ type: 'STREAM', ...state })));
    }
    jira.control.advanceClock({ ms: 61_000 });
    const last = await run(['read', '--config', config(), '--streams', 'issues', '--state', file(saved)]);
    for (const line of last.records.get('issues') ?? []) landed.set(data(line).id, vendors(line).toString());
    for (const { id } of jira.ids()) expect(landed.get(id)).toBe(jira.issueBytes(id).toString());
  });

  it.each(['Europe/Berlin', 'America/New_York'])(
    'does not depend on the token owner’s time zone (%s)',
    async (timeZone) => {
      await sandbox({ timeZone });
      const { records, messages } = await run(['read', '--config', config(), '--streams', 'issues']);
      expect(records.get('issues')).toHaveLength(300);
      const saved = file(
        states({ messages } as never, 'issues').map(({ state }) => ({ type: 'STREAM', ...state })),
      );
      const again = await run(['read', '--config', config(), '--streams', 'issues', '--state', saved]);
      expect(again.records.size).toBe(0);
    },
  );

  it('reads all fields but some', async () => {
    await sandbox({ issues: 3 });
    const { records } = await run([
      'read',
      '--config',
      config({ fields: ['-description', '-updated'] }),
      '--streams',
      'issues',
    ]);
    const { fields } = data(records.get('issues')![0]!) as unknown as { fields: Record<string, unknown> };
    expect(fields).not.toHaveProperty('description');
    expect(fields).toHaveProperty('summary');
    expect(fields).toHaveProperty('updated');
  });

  it('reads configured projects only, from a start date, with a subset of fields', async () => {
    await sandbox();
    const { project } = jira.ids()[0]!;
    const middle = [...jira.ids()].map(({ updated }) => updated).sort()[150]!;
    const more = { projects: [project], start_date: new Date(middle).toISOString(), fields: ['summary'] };
    const { records } = await run(['read', '--config', config(more), '--streams', 'issues']);
    const minute = Math.floor(middle / 60_000) * 60_000;
    const wanted = jira.ids().filter((issue) => issue.project === project && issue.updated >= minute);
    expect(ids(records.get('issues'))).toEqual(wanted.map(({ id }) => id).sort());
    expect(Object.keys(data(records.get('issues')![0]!).fields as object).sort()).toEqual([
      'created',
      'project',
      'summary',
      'updated',
    ]);
  });
});

describe('jira-source in trouble', () => {
  it('loses nothing with faults on a fifth of the requests', async () => {
    await sandbox({ issues: 200, projects: 2, searchRows: 25 });
    jira.control.faultRate({
      rate: 0.2,
      kinds: [
        '500',
        '502',
        '503',
        '429-bare',
        'reset',
        'reset-body',
        'cut-length',
        'cut-chunked',
        'cut-json',
        'empty',
      ],
    });
    const streams = ['--streams', 'issues,issue_changelogs,comments'];
    const { code, records } = await run(['read', '--config', config(), ...streams]);
    expect(code).toBe(0);
    expect(new Set(ids(records.get('issues'))).size).toBe(200);
    expect(records.get('issues')).toHaveLength(200);
    for (const line of records.get('issues')!)
      expect(vendors(line).equals(jira.issueBytes(data(line).id))).toBe(true);
    jira.control.clearFaults();
    const clean = await run(['read', '--config', config(), ...streams]);
    for (const stream of ['issue_changelogs', 'comments'])
      expect(ids(records.get(stream))).toEqual(ids(clean.records.get(stream)));
  }, 120_000);

  it('says FAILED for a wrong token, though Jira answers 200', async () => {
    await sandbox();
    const wrong = {
      credentials: { auth_type: 'api_token', email: jira.email, api_token: 'wrong-token-123' },
    };
    const check = await runAlone(['check', '--config', config(wrong)]);
    expect(check.code).toBe(0);
    expect(check.messages.filter(({ type }) => type === 'CONNECTION_STATUS')).toHaveLength(1);
    expect(check.messages.at(-1)!.connectionStatus).toMatchObject({
      status: 'FAILED',
      message: expect.stringContaining('api_token'),
    });
    const read = await runAlone(['read', '--config', config(wrong), ...FEW]);
    expect(read.code).toBe(1);
    expect(read.records.size).toBe(0);
    expect(errors(read)[0]).toMatchObject({ failure_type: 'config_error' });
    expect(read.stdout.toString() + read.stderr + check.stdout.toString()).not.toContain('wrong-token-123');
  });

  it('says FAILED for a project that is not there, and SUCCEEDED else', async () => {
    await sandbox();
    const missing = await run(['check', '--config', config({ projects: ['NOPE'] })]);
    expect(missing.messages.at(-1)!.connectionStatus).toMatchObject({
      status: 'FAILED',
      message: expect.stringContaining('NOPE'),
    });
    const fine = await run(['check', '--config', config()]);
    expect(fine.messages.at(-1)!.connectionStatus).toEqual({ status: 'SUCCEEDED' });
  });

  it('keeps the others going where one stream always fails', async () => {
    await sandbox();
    jira.control.fail({ route: '/rest/api/3/field', kind: '500', times: null });
    const result = await run(['read', '--config', config(), '--streams', 'issues,fields,users,comments']);
    expect(result.code).toBe(1);
    for (const stream of ['users', 'comments']) expect(statuses(result, stream).at(-1)).toBe('COMPLETE');
    expect(statuses(result, 'fields')).toEqual(['STARTED', 'INCOMPLETE']);
    expect(states(result, 'fields')).toEqual([]);
    expect(statuses(result, 'issues').at(-1)).toBe('COMPLETE');
    expect(result.records.get('issues')).toHaveLength(300);
    expect(errors(result)).toMatchObject([
      { failure_type: 'transient_error', stream_descriptor: { name: 'fields' } },
    ]);
  });

  it('keeps a failed project’s state at its last whole page and goes on from there', async () => {
    await sandbox({ issues: 900, projects: 2 });
    jira.control.fail({ route: '/rest/api/3/search/jql', kind: '500', times: null, after: 3 });
    const cut = await run(['read', '--config', config(), '--streams', 'issues']);
    expect(cut.code).toBe(1);
    expect(statuses(cut, 'issues').at(-1)).toBe('INCOMPLETE');
    jira.control.clearFaults();
    const saved = file(states(cut, 'issues').map(({ state }) => ({ type: 'STREAM', ...state })));
    const rest = await run(['read', '--config', config(), '--streams', 'issues', '--state', saved]);
    const all = [...cut.records.get('issues')!, ...rest.records.get('issues')!];
    expect(all).toHaveLength(900);
    expect(new Set(ids(all)).size).toBe(900);
  });

  it('waits as long as a 429 says, and says so where it takes more than 5 s', async () => {
    await sandbox({ issues: 150, projects: 1 });
    jira.control.fail({ route: 'search/jql', kind: '429', times: 1, retryAfterSeconds: 6, after: 1 });
    const began = Date.now();
    const result = await run(['read', '--config', config(), '--streams', 'issues']);
    expect(result.code).toBe(0);
    expect(result.records.get('issues')).toHaveLength(150);
    expect(Date.now() - began).toBeGreaterThanOrEqual(6000);
    const reasons = result.messages.flatMap(({ trace }) => trace?.stream_status?.reasons ?? []);
    expect(reasons).toEqual([{ type: 'RATE_LIMITED', rate_limited: { quota_reset: expect.any(Number) } }]);
  });

  it('pauses every endpoint for a quota', async () => {
    await sandbox({ issues: 150, projects: 1 });
    const headers = { 'RateLimit-Reason': 'jira-quota-tenant-based' };
    jira.control.fail({ route: 'search/jql', kind: '429', times: 1, retryAfterSeconds: 2, headers });
    const began = Date.now();
    const result = await run(['read', '--config', config(), ...FEW]);
    expect(result.code).toBe(0);
    expect(result.records.get('issues')).toHaveLength(150);
    expect(Date.now() - began).toBeGreaterThanOrEqual(2000);
  });

  it('takes a page token that comes again for an error, and says that the stream is not complete', async () => {
    await sandbox({ issues: 900, projects: 1 });
    jira.control.fail({ route: 'search/jql', kind: 'repeat-token', times: null, after: 3 });
    const result = await run(['read', '--config', config(), '--streams', 'issues']);
    expect(result.code).toBe(1);
    expect(statuses(result, 'issues').at(-1)).toBe('INCOMPLETE');
    expect(errors(result)[0]!.message).toMatch(/token came a second time/);
    jira.control.clearFaults();
    const saved = file(states(result, 'issues').map(({ state }) => ({ type: 'STREAM', ...state })));
    const rest = await run(['read', '--config', config(), '--streams', 'issues', '--state', saved]);
    expect(new Set(ids([...result.records.get('issues')!, ...rest.records.get('issues')!])).size).toBe(900);
  });

  it('leaves out what the credential may not read, unless it was named', async () => {
    await sandbox();
    jira.control.denyPermissions({ permissions: ['USER_PICKER'] });
    const all = { users: 'all' };
    const result = await run(['read', '--config', config(all)]);
    expect(result.code).toBe(0);
    expect(statuses(result, 'users')).toEqual([]);
    expect(
      result.messages.filter(
        ({ log }) => log?.level === 'WARN' && log.message.includes('Browse users and groups'),
      ),
    ).toHaveLength(1);
    const discovered = await run(['discover', '--config', config(all)]);
    const shown = discovered.messages.at(-1)!.catalog.streams.map(({ name }) => name);
    expect(shown).toContain('issues');
    expect(shown).not.toContain('users');
    const named = await run(['read', '--config', config(all), '--streams', 'users,fields']);
    expect(named.code).toBe(1);
    expect(statuses(named, 'users')).toEqual(['STARTED', 'INCOMPLETE']);
    expect(statuses(named, 'fields').at(-1)).toBe('COMPLETE');
  });

  it('refuses a state of another site', async () => {
    await sandbox();
    const saved = file([
      {
        type: 'STREAM',
        stream: {
          stream_descriptor: { name: 'issues' },
          stream_state: { version: 1, origin: 'other.example', partitions: {} },
        },
      },
    ]);
    const result = await run(['read', '--config', config(), ...FEW, '--state', saved]);
    expect(result.code).toBe(1);
    expect(result.records.size).toBe(0);
    expect(errors(result)[0]!.message).toMatch(/other\.example.*127\.0\.0\.1.*--source/);
  });

  it('fails on an empty pipe as state, and passes the commit number of [] on', async () => {
    await sandbox({ issues: 3 });
    const empty = await runAlone(['read', '--config', config(), '--state', '-'], {}, '');
    expect(empty.code).toBe(1);
    expect(empty.records.size).toBe(0);
    const none = await runAlone(['read', '--config', config(), '--state', '-'], {}, '[]\n');
    expect(none.code).toBe(0);
    expect(
      none.messages.find(({ trace }) => trace?.analytics?.type === 'state_commit')!.trace.analytics.value,
    ).toBe('0');
  });

  it('--limit sends so many a stream, no state and no COMPLETE', async () => {
    await sandbox();
    const result = await run(['read', '--config', config(), '--limit', '7']);
    expect(result.code).toBe(0);
    for (const lines of result.records.values()) expect(lines.length).toBeLessThanOrEqual(7);
    expect(result.records.get('issues')).toHaveLength(7);
    expect(
      result.messages.some(
        ({ type, trace }) => type === 'STATE' || trace?.stream_status?.status === 'COMPLETE',
      ),
    ).toBe(false);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'comes to its last safe state on %s and ends by it',
    async (signal) => {
      await sandbox({ issues: 1000, projects: 1 });
      jira.control.hold({ route: '/rest/api/3/search/jql', after: 3 });
      const child = start(['read', '--config', config(), '--streams', 'issues']);
      const done = outcome(child);
      let seen = 0;
      let tail = '';
      const mark = '"type":"RECORD"';
      await new Promise<void>((resolve) =>
        child.stdout!.on('data', (chunk: Buffer) => {
          // A chunk may end inside a mark: all but one character of it belong to the next chunk too.
          const text = tail + chunk.toString('latin1');
          seen += text.split(mark).length - 1;
          tail = text.slice(1 - mark.length);
          if (seen >= 300) resolve();
        }),
      );
      child.kill(signal);
      const result = await done;
      expect(result.signal).toBe(signal);
      expect(statuses(result, 'issues').at(-1)).toBe('INCOMPLETE');
      expect(states(result, 'issues').at(-1)!.state.sourceStats.recordCount).toBe(300);
      expect(errors(result)).toEqual([]);
      jira.control.release();
      const saved = file(states(result, 'issues').map(({ state }) => ({ type: 'STREAM', ...state })));
      const rest = await run(['read', '--config', config(), '--streams', 'issues', '--state', saved]);
      expect(new Set(ids([...result.records.get('issues')!, ...rest.records.get('issues')!])).size).toBe(
        1000,
      );
      expect(rest.records.get('issues')).toHaveLength(700);
    },
  );

  it('ends with 1 and without a word when its reader goes', async () => {
    await sandbox({ issues: 3000 });
    const child = start(['read', '--config', config()]);
    child.stdout!.once('data', () => child.stdout!.destroy());
    const [code, stderr] = await new Promise<[number | null, string]>((resolve) => {
      let text = '';
      child.stderr!.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      child.on('exit', (exit) => resolve([exit, text]));
    });
    expect(code).toBe(1);
    expect(stderr).toBe('');
  });

  it('names every mistake of a config at once', async () => {
    await sandbox({ issues: 1 });
    const result = await run([
      'read',
      '--config',
      file({ base_url: 'acme', credentials: { auth_type: 'api_token' }, project: ['X'] }),
    ]);
    expect(result.code).toBe(1);
    const { message } = errors(result)[0]!;
    for (const part of [
      'base_url',
      'credentials.email is required',
      'credentials.api_token is required',
      'did you mean projects?',
    ])
      expect(message).toContain(part);
    const gone = await run(['read', '--config', '/nowhere/c.json']);
    expect(errors(gone)[0]).toMatchObject({ failure_type: 'config_error' });
  });

  it('takes its token from the environment, unless it runs on the platform', async () => {
    await sandbox({ issues: 5 });
    const path = config({
      credentials: { auth_type: 'api_token', email: jira.email, api_token: '${JIRA_TOKEN}' },
    });
    expect(
      (await run(['check', '--config', path], { JIRA_TOKEN: jira.apiToken })).messages.at(-1)!
        .connectionStatus.status,
    ).toBe('SUCCEEDED');
    expect((await run(['check', '--config', path])).messages.at(-1)!.connectionStatus).toMatchObject({
      status: 'FAILED',
      message: expect.stringContaining('JIRA_TOKEN'),
    });
    expect(
      (await run(['check', '--config', path], { JIRA_TOKEN: jira.apiToken, WORKER_JOB_ID: '1' })).messages.at(
        -1,
      )!.connectionStatus.status,
    ).toBe('FAILED');
  });
});

describe('jira-source spec and discover', () => {
  it('prints the committed spec and catalog', async () => {
    await sandbox({ issues: 1 });
    const committed = (name: string): unknown =>
      JSON.parse(readFileSync(new URL(`../../../specs/${name}`, import.meta.url), 'utf8'));
    const spec = await runAlone(['spec']);
    expect(JSON.parse(spec.stdout.toString())).toEqual({ type: 'SPEC', spec: committed('jira-source.json') });
    const { messages } = await run(['discover', '--config', config()]);
    // The committed one knows no deployment and shows the types of both (deployment-types.ts).
    const catalog = committed('jira-source.catalog.json') as {
      streams: Array<{ name: string; json_schema: { properties: Record<string, { type: string[] }> } }>;
    };
    const column = (stream: string, name: string): { type: string[] } =>
      catalog.streams.find((one) => one.name === stream)!.json_schema.properties[name]!;
    column('issue_changelogs', 'created').type = ['null', 'integer'];
    column('comments', 'body').type = ['null', 'object'];
    column('worklogs', 'comment').type = ['null', 'object'];
    expect(messages.at(-1)!.catalog).toEqual(catalog);
  });
});
