import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MASK, Secrets } from '@headrace/sdk/protocol';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Alert } from '../engine/alert.ts';
import type { StreamResult } from '../engine/events.ts';
import type { RunEntry } from '../engine/ports.ts';
import { type AlertMessage, messageOf } from './message.ts';
import { isWanted, occasionsOf } from './occasion.ts';
import { type SendEnv, sendAlert } from './send-alert.ts';
import { alertOnRuns } from './watch-runs.ts';
import { staleWatch } from './watch-staleness.ts';

const stream = (name: string, records: number, complete = true): StreamResult => ({
  name,
  status: complete ? 'COMPLETE' : 'INCOMPLETE',
  records,
  bytes: 0,
  committed: records,
  rejected: 0,
  states: 1,
  waitedMs: 0,
  complete,
  generation: 0,
});
const run = (over: Partial<RunEntry> = {}): RunEntry => ({
  tenant: 'acme',
  job: 'jira',
  number: 20,
  started: 0,
  ended: 60_000,
  attempts: 1,
  tries: [],
  options: { check: true },
  outcome: 'complete',
  exitCode: 0,
  streams: [stream('issues', 500)],
  errors: [],
  process: '',
  ...over,
});
const error = {
  code: 'http.gone',
  message: 'it is <gone>',
  failure_type: 'transient_error',
  origin: 'source',
} as const;
const failed = run({ outcome: 'failed', streams: [], errors: [{ ...error, hint: 'ask for it' }] });

/** What is heard of a real server. */
async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function env(over: Partial<SendEnv> = {}): SendEnv & { failures: string[] } {
  const failures: string[] = [];
  const clock = { now: () => 0, sleep: async () => true };
  const base = { clock, folder: tmpdir(), env: { PATH: process.env.PATH }, secrets: new Secrets() };
  return { ...base, onFailure: (sentence) => failures.push(sentence), failures, ...over };
}

/** Answers POSTs with these statuses, one after the other, then with 200. */
async function receiver(...statuses: number[]) {
  const bodies: unknown[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    bodies.push(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    response.statusCode = statuses.shift() ?? 200;
    response.end();
  });
  return { bodies, url: `http://127.0.0.1:${await listening(server)}/hook-s3cret` };
}

describe('occasions', () => {
  const events = (entry: RunEntry, earlier: RunEntry[] = []) =>
    occasionsOf(entry, earlier).map((one) => one.event);
  const past = (...counts: number[]) =>
    counts.map((records) => run({ streams: [stream('issues', records)] }));

  test('are a failed run, a partial one, one without records; not an interrupted one', () => {
    expect(occasionsOf(failed, [])).toEqual([{ event: 'failed', sentence: 'the run failed: it is <gone>' }]);
    const partial = run({
      outcome: 'partial',
      streams: [stream('a', 1), stream('b', 0, false)],
      errors: [error],
    });
    expect(occasionsOf(partial, [])[0]?.sentence).toBe('1 of 2 streams are incomplete: it is <gone>');
    expect(events(run({ streams: [stream('issues', 0)] }))).toEqual(['zero_rows']);
    expect(events(run({ outcome: 'interrupted', streams: [stream('issues', 0, false)] }))).toEqual([]);
    expect(events(run())).toEqual([]);
  });

  test('a count far from that of the last runs, if there are enough and it is not small', () => {
    const usual = past(300, 400, 500, 450, 350);
    expect(events(run({ streams: [stream('issues', 99)] }), usual)).toEqual(['row_count']);
    expect(events(run({ streams: [stream('issues', 100)] }), usual)).toEqual([]);
    expect(events(run({ streams: [stream('issues', 1500)] }), usual)).toEqual([]);
    expect(occasionsOf(run({ streams: [stream('issues', 1501)] }), usual)[0]?.sentence).toBe(
      'issues had 1501 records, and 300 to 500 in the last 5 runs',
    );
    expect(events(run({ streams: [stream('issues', 9000)] }), usual.slice(1))).toEqual([]);
    expect(events(run({ streams: [stream('issues', 60)] }), past(1, 2, 1, 1, 2))).toEqual([]);
    // Only complete runs are compared, and at most 14 of them.
    const mixed = [...past(...Array<number>(14).fill(1000)), ...past(1)];
    expect(events(run({ streams: [stream('issues', 200)] }), mixed)).toEqual(['row_count']);
    expect(
      events(
        run({ streams: [stream('issues', 200)] }),
        usual.map((one) => ({ ...one, outcome: 'failed' })),
      ),
    ).toEqual([]);
  });

  test('are sent to those who want them', () => {
    const alert: Alert = { to: 'webhook', url: 'x' };
    const [occasion] = occasionsOf(failed, []);
    expect(isWanted(alert, occasion!)).toBe(true);
    expect(isWanted({ ...alert, on: ['partial'] }, occasion!)).toBe(false);
    expect(isWanted(alert, { event: 'zero_rows', sentence: '' })).toBe(false);
  });
});

describe('sending', () => {
  const message = messageOf({ event: 'failed', sentence: 'the run failed: it is <gone>' }, failed);

  test('posts JSON, and the forms of Slack and Teams', async () => {
    const { bodies, url } = await receiver();
    for (const to of ['webhook', 'slack', 'teams'] as const) await sendAlert({ to, url }, message, env());
    const [plain, slack, teams] = bodies as [
      AlertMessage,
      { text: string },
      { attachments: [{ content: { body: unknown } }] },
    ];
    expect(plain).toEqual(JSON.parse(JSON.stringify(message)));
    expect(plain).toMatchObject({
      tenant: 'acme',
      job: 'jira',
      event: 'failed',
      run: 20,
      at: '1970-01-01T00:01:00.000Z',
    });
    expect(slack.text).toContain('*headrace: acme/jira failed*\nrun 20: the run failed: it is &lt;gone&gt;');
    expect(JSON.stringify(teams.attachments[0].content.body)).toContain('→ ask for it');
  });

  test('tries three times, then says why, without the URL', async () => {
    const twice = await receiver(503, 500);
    const fine = env();
    await sendAlert({ to: 'webhook', url: twice.url }, message, fine);
    expect([twice.bodies.length, fine.failures]).toEqual([3, []]);
    const never = await receiver(503, 503, 503, 503);
    const told = env();
    await sendAlert({ to: 'slack', url: never.url }, message, told);
    expect(never.bodies).toHaveLength(3);
    expect(told.failures).toEqual(['the alert to slack (failed) could not be sent: HTTP 503']);
    const gone = env();
    await sendAlert({ to: 'webhook', url: 'http://127.0.0.1:1/hook-s3cret' }, message, gone);
    expect(gone.failures.join()).not.toContain('s3cret');
  });

  test('starts a command with the alert on its input, without a shell', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'headrace-alert-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const told = env({ folder, secrets: new Secrets(['it is <gone>']) });
    const script =
      'require("fs").writeFileSync("got", require("fs").readFileSync(0)); process.exit(+process.argv[1])';
    const command = [process.execPath, '-e', script, '0'];
    await sendAlert({ to: 'command', command }, message, told);
    // Without secrets, though the run's errors may quote one.
    expect(JSON.parse(readFileSync(join(folder, 'got'), 'utf8'))).toMatchObject({
      run: 20,
      errors: [{ message: MASK }],
    });
    await sendAlert({ to: 'command', command: [...command.slice(0, 3), '3'] }, message, told);
    await sendAlert({ to: 'command', command: ['no-such-program-of-ours'] }, message, told);
    expect(told.failures).toEqual([
      `the alert to command (failed) could not be sent: ${process.execPath} ended with exit code 3`,
      expect.stringContaining('ENOENT'),
    ]);
  });

  test('sends an e-mail by SMTP, and refuses a server that does not encrypt', async () => {
    const said: string[] = [];
    const server = createTcpServer((socket) => {
      let isData = false;
      socket.write('220 test\r\n');
      socket.on('data', (chunk) => {
        const text = chunk.toString('utf8');
        said.push(text);
        if (isData) {
          if (text.endsWith('\r\n.\r\n')) socket.write('250 stored\r\n');
          isData = !text.endsWith('\r\n.\r\n');
        } else if (text.startsWith('DATA')) {
          isData = true;
          socket.write('354 go on\r\n');
        } else if (text.startsWith('QUIT')) socket.end('221 bye\r\n');
        else socket.write('250 fine\r\n');
      });
      socket.on('error', () => {});
    });
    const smtp = { host: '127.0.0.1', port: await listening(server), encryption: 'none' } as const;
    const alert = {
      to: 'email',
      from: 'headrace@acme.example',
      recipients: ['ops@acme.example'],
      smtp,
    } as const;
    const told = env();
    await sendAlert(alert, message, told);
    expect(told.failures).toEqual([]);
    const all = said.join('');
    expect(all).toContain('RCPT TO:<ops@acme.example>');
    expect(all).toContain('Subject: headrace: acme/jira failed');
    expect(all).toContain('headrace logs jira --run 20');
    await sendAlert({ ...alert, smtp: { ...smtp, encryption: 'starttls' } }, message, told);
    expect(told.failures).toHaveLength(1);
  });
});

test('a run that ends is told once, after history has it; what fails stops nothing', async () => {
  const { bodies, url } = await receiver();
  const asked: unknown[] = [];
  const history = {
    async *runs(tenant: string, query: object) {
      asked.push([tenant, query]);
      yield* [] as RunEntry[];
    },
  };
  const told = env();
  const listener = alertOnRuns(
    [
      { to: 'webhook', url },
      { to: 'webhook', url, on: ['partial'] },
    ],
    history,
    told,
  );
  const { process: _, ...result } = failed;
  listener({ type: 'phase', phase: 'sync', attempt: 1 });
  listener({ type: 'run_ended', result: result as never });
  await listener.sent();
  expect(bodies).toHaveLength(1);
  expect(asked).toEqual([['acme', { job: 'jira', kind: 'sync', before: 20 }]]);
  const broken = {
    async *runs() {
      yield* [] as RunEntry[];
      throw new Error('history is gone');
    },
  };
  const other = alertOnRuns([{ to: 'webhook', url }], broken as never, told);
  other({ type: 'run_ended', result: result as never });
  await other.sent();
  expect(told.failures).toEqual(['alerts could not be sent: history is gone']);
});

test('staleness is told once, and again after a complete run', async () => {
  const { bodies, url } = await receiver();
  let now = 0;
  const clock = { now: () => now, sleep: async () => true };
  const look = staleWatch(0);
  const alerts: Alert[] = [
    { to: 'webhook', url, stale_hours: 2 },
    { to: 'webhook', url },
  ];
  const at = async (hours: number, ...runs: RunEntry[]) => {
    now = hours * 3_600_000;
    await look({ job: { tenant: 'acme', name: 'jira' }, alerts, runs }, env({ clock }));
    return bodies.length;
  };
  const whole = (hour: number) => run({ started: hour * 3_600_000, ended: hour * 3_600_000 });
  expect(await at(1)).toBe(0);
  expect(await at(2)).toBe(1);
  expect(await at(3)).toBe(1);
  expect(await at(4, whole(3.5))).toBe(1);
  expect(await at(5.5, failed, whole(3.5))).toBe(2);
  expect(bodies).toMatchObject([
    { event: 'stale', sentence: 'no complete run for 2 hours: it has never completed' },
    { sentence: 'no complete run for 2 hours: it completed last at 1970-01-01T03:30:00.000Z' },
  ]);
});
