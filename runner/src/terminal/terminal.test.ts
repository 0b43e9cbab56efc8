import { Secrets } from '@headrace/sdk/protocol';
import { ConfigError, ConfigErrors } from '@headrace/sdk/spec';
import { describe, expect, test } from 'vitest';
import type { RunEvent, StreamProgress } from '../engine/events.ts';
import { paint } from './line.ts';
import { lineProgress } from './log-lines.ts';
import { createOutput, type OutputOptions } from './output.ts';
import { liveProgress, type ProgressView } from './progress.ts';
import { showResult } from './run-table.ts';
import { count, duration, megabytes } from './text.ts';

function output(over: Partial<OutputOptions> & { tty?: boolean; columns?: number } = {}) {
  const { tty = false, columns = 100, ...options } = over;
  const printed = { out: '', err: '' };
  const out = createOutput({
    json: false,
    quiet: false,
    logLevel: 'WARN',
    env: {},
    secrets: new Secrets(['my-secret-value']),
    stdout: { write: (text) => (printed.out += text) },
    stderr: { write: (text) => (printed.err += text), isTTY: tty, columns },
    ...options,
  });
  return { out, printed };
}

/** A clock that stands still until it is moved; a sleep ends when its time has come. */
function testClock() {
  let now = 0;
  const sleepers: Array<{ until: number; wake: (passed: boolean) => void }> = [];
  return {
    clock: {
      now: () => now,
      sleep: (ms: number, signal?: AbortSignal) =>
        new Promise<boolean>((wake) => {
          sleepers.push({ until: now + ms, wake });
          signal?.addEventListener('abort', () => wake(false));
        }),
    },
    async move(ms: number) {
      now += ms;
      for (const one of sleepers.filter(({ until }) => until <= now)) one.wake(true);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const stream = (name: string, over: Partial<StreamProgress> = {}): StreamProgress => ({
  name,
  status: 'RUNNING',
  records: 0,
  bytes: 0,
  committed: 0,
  rejected: 0,
  states: 0,
  waitedMs: 0,
  ...over,
});
const begin: RunEvent[] = [
  {
    type: 'run_started',
    tenant: 'acme',
    job: 'jira',
    number: 3,
    source: 'jira-source',
    destination: 'jsonl-destination',
    at: 0,
  },
  { type: 'phase', phase: 'sync', attempt: 1 },
  { type: 'streams', streams: [{ name: 'issues' }, { name: 'users' }] },
];

const ESC = String.fromCharCode(27);
const PARTS = new RegExp(`(${ESC}\\[\\d*[AJm]|\\n|\\r)`);
const COLOR = new RegExp(`${ESC}\\[\\d+m`, 'g');
const MOVE = new RegExp(`^${ESC}\\[(\\d*)([AJm])$`);

/** What a terminal shows after these bytes: only the movements that we use. */
function screen(text: string): string[] {
  const lines = [''];
  let row = 0;
  for (const part of text.split(PARTS)) {
    const move = MOVE.exec(part);
    if (part === '\n') lines[++row] ??= '';
    else if (move?.[2] === 'A') row -= Number(move[1]);
    else if (move?.[2] === 'J') lines.splice(row, lines.length, '');
    else if (!move && part !== '\r') lines[row] += part;
  }
  return lines.filter((line) => line !== '');
}

describe('on a terminal', () => {
  test('a block is drawn in its place, log lines stay above it, and it goes at the end', async () => {
    const { out, printed } = output({ tty: true });
    const { clock, move } = testClock();
    const view = liveProgress(out, clock);
    for (const event of begin) view.onEvent(event);
    view.onEvent({
      type: 'progress',
      at: 100,
      streams: [stream('issues', { records: 10, estimate: 5000 }), stream('users', { status: 'WAITING' })],
    });
    view.onEvent({ type: 'log', origin: 'source', level: 'WARN', message: 'slow, my-secret-value' });
    view.onEvent({ type: 'log', origin: 'source', level: 'INFO', message: 'not shown' });
    view.onEvent({
      type: 'progress',
      at: 1100,
      streams: [
        stream('issues', { records: 1510, bytes: 2_500_000, committed: 1000, rateLimitedUntil: 21_100 }),
        stream('users', { status: 'COMPLETE', records: 2, committed: 2, bytes: 900 }),
      ],
    });
    await move(1100);
    expect(screen(printed.err)).toEqual([
      'warn  source: slow, ****',
      'acme › jira #3  jira-source → jsonl-destination  sync  1.1 s',
      expect.stringMatching(
        /^ {2}[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] issues {7}1,510 records {6}2\.5 MB {2}1,500\/s {2}1,000 committed {2}throttled by the vendor, 20 s$/,
      ),
      '  ✓ users            2 records      0.9 kB  committed',
    ]);
    view.end();
    expect(screen(printed.err)).toEqual(['warn  source: slow, ****']);
  });

  test('no line is wider than the terminal, and many streams make no endless block', async () => {
    const { out, printed } = output({ tty: true, columns: 40 });
    const { clock, move } = testClock();
    const view = liveProgress(out, clock);
    for (const event of begin) view.onEvent(event);
    const streams = Array.from({ length: 60 }, (_, k) =>
      stream(`stream_${k}`, { status: k === 59 ? 'RUNNING' : 'WAITING', records: 1e9 }),
    );
    view.onEvent({ type: 'progress', at: 1, streams });
    await move(500);
    const shown = screen(printed.err);
    expect(Math.max(...shown.map((line) => [...line].length))).toBeLessThan(40);
    expect(shown).toHaveLength(26);
    expect(shown[1]).toContain('stream_59');
    expect(shown.at(-1)).toContain('and 36 more');
    view.end();
  });

  test.each([
    [{ CI: '1' }, false],
    [{ TERM: 'dumb' }, false],
    [{ NO_COLOR: '1' }, true],
    [{}, true],
  ])('with %j it is drawn: %s', (env, live) => {
    const { out, printed } = output({ tty: true, env });
    expect(out.live).toBe(live);
    out.note(paint('red', 'x'));
    expect(printed.err === 'x\n').toBe(Object.keys(env).length > 0);
  });
});

describe('in a pipe', () => {
  test('a line for what changes, and for what goes on every ten seconds', () => {
    const { out, printed } = output();
    const { clock } = testClock();
    const view = lineProgress(out, clock);
    for (const event of begin) view.onEvent(event);
    for (const at of [0, 5000, 11_000, 12_000])
      view.onEvent({ type: 'progress', at, streams: [stream('issues', { records: at })] });
    view.onEvent({
      type: 'progress',
      at: 13_000,
      streams: [stream('issues', { records: 13_000, status: 'COMPLETE', committed: 13_000 })],
    });
    view.onEvent({ type: 'retry', attempt: 2, of: 4, delayMs: 10_000, reason: 'the network' });
    expect(printed.err.trim().split('\n')).toEqual([
      'acme/jira: run 3, jira-source → jsonl-destination',
      'acme/jira: reading',
      'acme/jira: issues: 11,000 records, 0.0 kB, 0 committed',
      'acme/jira: issues: complete, 13,000 records, 0.0 kB, 13,000 committed',
      'acme/jira: the network: attempt 2 of 4 in 10 s',
    ]);
    expect(printed.err).not.toContain(ESC);
  });

  test('of many streams those that are not complete are told, and now and then a sum', () => {
    const { out, printed } = output();
    const view = lineProgress(out, testClock().clock);
    const streams = Array.from({ length: 20_000 }, (_, k) =>
      stream(`s${k}`, { status: k === 7 ? 'INCOMPLETE' : 'COMPLETE', records: 2, committed: 1 }),
    );
    view.onEvent({ type: 'progress', at: 11_000, streams });
    expect(printed.err.trim().split('\n')).toEqual([
      ': 19,999 of 20,000 streams complete, 40,000 records, 20,000 committed',
      ': s7: incomplete, 2 records, 0.0 kB, 1 committed',
    ]);
  });

  test('--quiet leaves the warnings', () => {
    const { out, printed } = output({ quiet: true });
    const view = lineProgress(out, testClock().clock);
    for (const event of begin) view.onEvent(event);
    view.onEvent({ type: 'log', origin: 'source', level: 'ERROR', message: 'bad' });
    expect(printed.err).toBe('acme/jira: error source: bad\n');
  });
});

test('the table of 20,000 streams has a hundred rows, those first that are not complete', () => {
  const { out, printed } = output();
  const streams = Array.from({ length: 20_000 }, (_, k) => ({
    ...stream(`s${k}`),
    complete: k !== 19_999,
    generation: 0,
  }));
  const before = process.cpuUsage();
  showResult(out, {
    tenant: 'acme',
    job: 'big',
    number: 1,
    started: 0,
    ended: 1000,
    attempts: 1,
    tries: [],
    options: { check: true },
    outcome: 'partial',
    exitCode: 1,
    streams,
    errors: [],
  });
  const rows = printed.out.split('\n').filter((row) => row.startsWith('│'));
  expect([rows.length, rows[1]]).toEqual([102, expect.stringContaining('s19999')]);
  expect(rows.at(-1)).toContain('and 19,900 more');
  expect(rows.at(-1)).toContain('19,900 complete; --json has all');
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(5000);
});

describe('what is printed', () => {
  const result = {
    tenant: 'acme',
    job: 'jira',
    number: 3,
    started: 0,
    ended: 65_000,
    attempts: 2,
    tries: [],
    options: { check: true },
    outcome: 'partial' as const,
    exitCode: 1,
    streams: [
      {
        ...stream('issues', { records: 1234, bytes: 5_000_000, committed: 1000, rejected: 2 }),
        complete: false,
        generation: 0,
      },
    ],
    errors: [
      {
        code: 'connector.crashed',
        message: 'it died of my-secret-value',
        failure_type: 'transient_error',
        origin: 'source' as const,
        stream: 'issues',
        hint: 'look',
      },
    ],
  };

  test('a result: the table on stdout, errors on stderr, secrets nowhere', () => {
    const { out, printed } = output();
    showResult(out, result);
    expect(printed.out).toContain('issues');
    expect(printed.out).toContain('1,000 (2 quarantined)');
    expect(printed.out).toContain(
      '! acme › jira #3 partial in 1:05 min, 2 attempts: 1,234 records, 5.0 MB, 1,000 committed',
    );
    expect(printed.err).toBe('✗ connector.crashed  source › issues\n    it died of ****\n    → look\n');
  });

  test('with --json one envelope and nothing else', () => {
    const { out, printed } = output({ json: true });
    out.say('hello');
    showResult(out, result);
    out.error(
      new ConfigErrors([
        new ConfigError('bad my-secret-value', { code: 'a', place: 'f:1' }),
        new ConfigError('worse', { code: 'b' }),
      ]),
    );
    out.envelope('run', 2, { runs: [result] });
    expect(printed.err).toBe('');
    const envelope = JSON.parse(printed.out) as { errors: unknown };
    expect(envelope).toMatchObject({ command: 'run', ok: false, exit_code: 2 });
    expect(envelope.errors).toEqual([
      expect.objectContaining({ code: 'a', message: 'bad ****', place: 'f:1' }),
      expect.objectContaining({ code: 'b' }),
    ]);
  });

  test('numbers for people', () => {
    expect([
      count(1_234_567),
      megabytes(1),
      megabytes(99_900),
      megabytes(1_500_000),
      megabytes(2_345_000_000),
    ]).toEqual(['1,234,567', '0.0 kB', '100 kB', '1.5 MB', '2,345 MB']);
    expect([duration(400), duration(9990), duration(59_400), duration(187_000), duration(3_729_000)]).toEqual(
      ['0.4 s', '10.0 s', '59 s', '3:07 min', '1:02:09 h'],
    );
  });
});

describe('what strangers say', () => {
  const CLEAR = `${ESC}[2J${ESC}[H`;
  const FORGED = '✓ acme › jira #3 complete in 1.0 s: 5 records, 0.5 kB, 5 committed';
  const name = `issues${CLEAR}\r\n${FORGED}\u202e\u009b31m`;
  const shownName = `issues\\x1b[2J\\x1b[H\\x0d\\n${FORGED}\\u202e\\x9b31m`;
  const text = `slow${CLEAR}\n${FORGED}\n::error::x\n##vso[task.complete result=Succeeded]\r`;
  /** Nothing but our own colours and movements. */
  const OURS = new RegExp(`${ESC}\\[(?:[123]?[1-3]|[23]9|\\d+A|J)m?|\\n|\\r(?=${ESC})`, 'g');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const RAW = /[\u0000-\u001f\u007f-\u009f\u202e]|##\w*\[|^\s*::/m;
  const error = { code: 'x.y', message: text, failure_type: 'system_error', origin: 'source' as const };
  const result = {
    tenant: 'acme',
    job: 'jira',
    number: 3,
    started: 0,
    ended: 1000,
    attempts: 1,
    tries: [],
    options: { check: true },
    outcome: 'failed' as const,
    exitCode: 2,
    streams: [{ ...stream(name), complete: false, generation: 0 }],
    errors: [{ ...error, stream: name, hint: text }],
  };
  function events(view: ProgressView) {
    for (const event of begin) view.onEvent(event);
    view.onEvent({ type: 'log', origin: 'source', level: 'WARN', message: text });
    view.onEvent({ type: 'retry', attempt: 2, of: 3, delayMs: 5, reason: text });
    view.onEvent({ type: 'progress', at: 1, streams: [stream(name, { status: 'INCOMPLETE' })] });
  }

  test('moves no cursor of a terminal, paints nothing and forges no line', async () => {
    const { out, printed } = output({ tty: true, columns: 200 });
    const { clock, move } = testClock();
    const view = liveProgress(out, clock);
    events(view);
    await move(500);
    const shown = screen(printed.err.replace(COLOR, ''));
    expect(shown).toEqual([
      'warn  source: slow\\x1b[2J\\x1b[H',
      `    │ ${FORGED}`,
      '    │ : :error::x',
      '    │ # #vso[task.complete result=Succeeded]',
      'slow\\x1b[2J\\x1b[H: attempt 2 of 3 in 0.0 s',
      'acme › jira #3  jira-source → jsonl-destination  waiting  0.5 s',
      expect.stringContaining(`  ✗ ${shownName}`),
    ]);
    view.end();
    expect(printed.err.replace(OURS, '')).not.toMatch(RAW);
  });

  test('is on lines of its own in a log, in the result, in errors and in JSON', () => {
    const { out, printed } = output();
    events(lineProgress(out, testClock().clock));
    showResult(out, result);
    out.error(new ConfigError(text, { code: 'a', place: name, hint: text }));
    expect(printed.out + printed.err).not.toMatch(/^(?:✓|::|#)/m);
    expect(`${printed.out}${printed.err}`.replaceAll('\n', ' ')).not.toMatch(RAW);
    expect(printed.out).toContain(`│ ${shownName} │`);
    expect(printed.err).toContain(`✗ x.y  source › ${shownName}`);

    const json = output({ json: true });
    json.out.envelope('run', 2, { runs: [result] }, result.errors);
    expect(json.printed.out.trimEnd()).not.toMatch(RAW);
    expect(JSON.parse(json.printed.out)).toMatchObject({ data: { runs: [result] }, errors: result.errors });
  });
});
