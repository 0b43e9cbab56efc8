import { chmodSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../src/engine/clock.ts';
import { connector, type Step, workspace } from './workspace.ts';

/** What programs of others print, and what comes of it: lines in, and a destination that sends states back as they are. */
const record = (id: unknown, stream = 't') =>
  `{"type": "RECORD", "record": {"stream": "${stream}", "data": {"id": ${id}}, "emitted_at": 1764540000000}}`;
const state = (at: string, count?: number, stream = 't') =>
  `{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"${stream}"},"stream_state":${at}}${
    count === undefined ? '' : `,"sourceStats":{"recordCount":${count}}`
  }}}`;
const status = (is: string, stream = 't') =>
  `{"type":"TRACE","trace":{"type":"STREAM_STATUS","emitted_at":1764540000000,"stream_status":{"stream_descriptor":{"name":"${stream}"},"status":"${is}"}}}`;

/** Waits of seconds pass twenty times as fast. */
const quick: Clock = {
  now: systemClock.now,
  sleep: (ms, signal) => systemClock.sleep(ms >= 1000 ? ms / 20 : ms, signal),
};

interface Given {
  readonly clock?: Clock;
  readonly job?: object;
  readonly check?: string;
  readonly lines: ReadonlyArray<string | Step>;
  readonly streams?: ReadonlyArray<Record<string, unknown>>;
  readonly says?: string;
}

async function run({ lines, streams = [{ name: 't' }], says, clock, job, check }: Given) {
  const w = workspace({ clock });
  const plan = lines.map((one) => (typeof one === 'string' ? { do: 'raw', text: `${one}\n` } : one));
  w.job([plan], {
    source: { streams, check },
    destination: { says },
    ends: ['source', 'plain-destination'],
    job,
  });
  const ran = await w.run('run', ...(check ? [] : ['--no-check']), '--json');
  const read = (name: string) => {
    try {
      return readFileSync(w.path(name), 'utf8');
    } catch {
      return '';
    }
  };
  const lists = (text: string) => text.split('\n').filter(Boolean);
  return {
    w,
    ...ran,
    run: ran.json.data.runs[0]!,
    passed: lists(read('out')),
    states: read('.headrace/acme/states/j.json'),
    quarantined: lists(read('.headrace/acme/quarantine/j/000001.jsonl')).map((line) => JSON.parse(line)),
  };
}

describe('states', () => {
  test('are kept and handed back byte for byte', async () => {
    const numbers = '{"last_id":9007199254740995,"lsn":12345678901234567890,"ratio":1.0,"big":1e400}';
    const ran = await run({ lines: [record('9007199254740993'), state(numbers, 1)] });
    expect(ran.exitCode).toBe(0);
    expect(ran.states).toContain(numbers);
    expect(ran.passed).toContain(state(numbers, 1));
    await ran.w.run('run', '--no-check');
    expect(ran.w.calls('read')[1]?.states).toContain(numbers);
  });
});

test('the schemas of a catalog are handed over with their numbers as they are written', async () => {
  const schema = '"json_schema":{"maximum":9223372036854775807,"multipleOf":1.0}';
  const w = workspace();
  const answers = {
    spec: '{"type":"SPEC","spec":{"connectionSpecification":{"type":"object","properties":{}}}}',
    discover: `{"type":"CATALOG","catalog":{"streams":[{"name":"t",${schema},"supported_sync_modes":["full_refresh"]}]}}`,
  };
  w.write(
    'src.sh',
    `#!/bin/sh\ncase $1 in spec) echo '${answers.spec}';; discover) echo '${answers.discover}';; read) cp "$5" catalog;; esac\n`,
  );
  chmodSync(w.path('src.sh'), 0o755);
  const destination = { connector: connector('plain-destination'), config: { out: w.path('out') } };
  w.write(
    'headrace.yaml',
    JSON.stringify({ jobs: { j: { source: { connector: './src.sh' }, destination } } }),
  );
  expect((await w.run('run', '--no-check')).exitCode).toBe(0);
  expect(readFileSync(w.path('catalog'), 'utf8')).toContain(schema);
});

test('configurations are handed over and rotated with their numbers as they are written', async () => {
  const w = workspace();
  const control =
    '{"type":"CONTROL","control":{"type":"CONNECTOR_CONFIG","emitted_at":1,"connectorConfig":{"config":{"notes":"NOTES","ids":{"a":120330000123456789,"b":9007199254740993},"n":1.0,"plan":[],"token":"second-token"}}}}'.replace(
      'NOTES',
      w.path('notes'),
    );
  w.write(
    'headrace.yaml',
    `jobs:
  j:
    source:
      connector: ${connector('source')}
      config: { notes: ${w.path('notes')}, ids: { a: 120330000123456789, b: 9007199254740992 }, n: 1.0, port: "\${PORT}", token: first-token, streams: [{ name: t }], plan: [[{ do: raw, text: ${JSON.stringify(`${control}\n`)} }]] }
    destination: { connector: ${connector('plain-destination')}, config: { out: ${w.path('out')} } }
`,
  );
  w.write('.env', 'PORT=5432\n');
  const written = () => readFileSync(w.path('notes.configs'), 'utf8').trim().split('\n').at(-1);
  expect((await w.run('run', '--no-check')).exitCode).toBe(0);
  expect(written()).toContain('"ids":{"a":120330000123456789,"b":9007199254740992},"n":1.0,"port":5432,');
  expect((await w.run('run', '--no-check')).exitCode).toBe(0);
  expect(written()).toContain('"ids":{"a":120330000123456789,"b":9007199254740993},"n":1.0,');
});

describe('a line that carries data and cannot be read', () => {
  test('is put aside with its reason; its stream is not complete, the exit is 1, the state after it counts', async () => {
    const bad = record('NaN');
    const ran = await run({
      lines: [status('STARTED'), record(1), bad, record(3), state('{"at":3}', 3), status('COMPLETE')],
    });
    expect(ran.exitCode).toBe(1);
    expect(ran.quarantined).toEqual([
      expect.objectContaining({
        stream: 't',
        line: bad,
        reason: expect.stringContaining('NaN is no JSON number'),
      }),
    ]);
    expect(ran.run.streams[0]).toMatchObject({ records: 2, committed: 2, rejected: 1, complete: false });
    expect(ran.run.errors.map(({ code, stream }) => [code, stream])).toEqual([['pipe.unreadable_line', 't']]);
    expect(ran.states).toContain('"at":3');
    // The destination hears only what is true: how many records came to it, and that the stream is not complete.
    expect(ran.passed.slice(1)).toEqual([record(1), record(3), state('{"at":3}', 2), status('INCOMPLETE')]);
  });

  test('of a stream without statuses: nothing is invented, unless a copy would take the place of a whole one', async () => {
    const lines = [record(1), record('-Infinity'), state('{"at":2}')];
    const appended = await run({ lines });
    expect(appended.exitCode).toBe(1);
    expect(appended.passed).toEqual([record(1), state('{"at":2}')]);
    const replaced = await run({ lines, streams: [{ name: 't', supported_sync_modes: ['full_refresh'] }] });
    expect(replaced.exitCode).toBe(1);
    expect(JSON.parse(replaced.passed.at(-1)!)).toMatchObject({
      trace: { stream_status: { stream_descriptor: { name: 't' }, status: 'INCOMPLETE' } },
    });
  });

  test('spoils its own stream, or all of them if it cannot be told', async () => {
    const streams = [{ name: 't' }, { name: 'u' }];
    const others = [record(1, 'u'), state('{"at":1}', 1, 'u'), state('{"at":1}')];
    const known = await run({ streams, lines: [record('NaN'), ...others] });
    expect(known.run.streams.map(({ complete }) => complete)).toEqual([false, true]);
    const unknown = await run({ streams, lines: ['{"type":"RECORD","rec', ...others] });
    expect(unknown.exitCode).toBe(1);
    expect(unknown.run.streams.map(({ complete }) => complete)).toEqual([false, false]);
    expect(unknown.run.errors.map(({ code, stream }) => [code, stream])).toEqual([
      ['pipe.unreadable_line', undefined],
    ]);
    expect(unknown.quarantined).toHaveLength(1);
  });

  test('if it is a STATE, the one after it accounts for the records before both', async () => {
    const ran = await run({
      lines: [record(1), record(2), state('{"at":NaN}', 2), record(3), state('{"at":3}', 1)],
    });
    expect(ran.exitCode).toBe(1);
    expect(ran.run.streams[0]).toMatchObject({ records: 3, committed: 3, complete: false });
    expect(ran.passed.at(-1)).toBe(state('{"at":3}', 3));
    expect(ran.states).toContain('"at":3');
  });

  test('at the very end, cut: it is put aside and the stream rolled back to its last state', async () => {
    const ran = await run({
      lines: [record(1), state('{"at":1}'), { do: 'raw', text: record(2).slice(0, 60) }],
    });
    expect(ran.exitCode).toBe(1);
    expect(ran.quarantined.map(({ stream }) => stream)).toEqual(['t']);
    expect(ran.run.errors.map(({ code }) => code)).toEqual(['pipe.line_cut', 'pipe.unreadable_line']);
    expect(ran.passed.at(-1)).toContain('INCOMPLETE');
  });
});

const NOTHING_SAID = {
  namespace: null,
  supported_sync_modes: null,
  default_cursor_field: null,
  source_defined_primary_key: null,
  source_defined_cursor: null,
  is_resumable: null,
};

test('a byte order mark and messages on one line: every record arrives, and what goes on is clean', async () => {
  const ran = await run({
    lines: [
      `\ufeff${record(1)}`,
      `${record(2)}${record(3)}`,
      record(4),
      `${record(5)} ${state('{"at":5}', 5)}`,
    ],
    says: `\ufeff{"type":"LOG","log":{"level":"INFO","message":"hi"}}{"type":"LOG","log":{}}\n`,
    // What a catalog has nothing to say of may be null there.
    streams: [{ name: 't', ...NOTHING_SAID }],
  });
  expect([ran.exitCode, ran.quarantined]).toEqual([0, []]);
  expect(ran.passed).toEqual([...[1, 2, 3, 4, 5].map((id) => record(id)), state('{"at":5}', 5)]);
});

test('messages that lack a part change nothing else, from either end; a STATE without one is lost', async () => {
  const words = [
    '{"type":"LOG"}',
    '{"type":"LOG","log":{"message":"no level"}}',
    '{"type":"LOG","log":{"level":"warning","message":"lower"}}',
    '{"type":"LOG","log":{"level":20,"message":{"a":1}}}',
    '{"type":"LOG","log":"text"}',
    '{"type":"TRACE"}',
    '{"type":"TRACE","trace":{"type":"STREAM_STATUS"}}',
    '{"type":"TRACE","trace":{"type":"ESTIMATE"}}',
    '{"type":"TRACE","trace":{"type":"ERROR"}}',
    '{"type":"TRACE","trace":{"type":"STREAM_STATUS","stream_status":{"stream_descriptor":{"name":"t"},"status":"RUNNING","reasons":[{"type":"RATE_LIMITED"},null]}}}',
    '{"type":"CONTROL"}',
    '{"type":"CONTROL","control":{"type":"CONNECTOR_CONFIG","connectorConfig":{}}}',
    '{"type":"SHINY_NEW","shiny":{"a":1}}',
    '{"type":5}',
    '[1,2]',
  ];
  const before = [status('STARTED'), record(1), state('{"at":1}', 1)];
  const after = [record(2), state('{"at":2}', 1), status('COMPLETE')];
  const ran = await run({ lines: [...before, ...words, ...after], says: `${words.join('\n')}\n` });
  expect([ran.exitCode, ran.run.errors, ran.quarantined]).toEqual([0, [], []]);
  const isKnown = (line: string) => line.includes('"RUNNING"');
  expect(ran.passed).toEqual([...before, ...words.filter(isKnown), ...after]);
  expect(ran.stderr).toContain('a LOG without a message');
  expect(ran.stderr).toContain('warn  source: lower');

  const states = [
    '{"type":"STATE"}',
    '{"type":"STATE","state":{"type":"STREAM"}}',
    '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_state":{"a":1}}}}',
    '{"type":"STATE","state":null}',
  ];
  const lost = await run({ lines: [...before, ...states, ...after], says: `${states.join('\n')}\n` });
  expect(lost.exitCode).toBe(1);
  expect(lost.quarantined.map(({ line }) => line)).toEqual(states);
  expect(lost.run.streams[0]).toMatchObject({ records: 2, committed: 2, complete: false });
  expect(lost.passed).toEqual([...before, ...after.slice(0, -1), status('INCOMPLETE')]);
});

test('a source that counts and speaks of no status: a state that counts otherwise is withheld, the stream stays where it was good', async () => {
  const ran = await run({
    lines: [
      record(1),
      state('{"at":1}', 1),
      record(2),
      state('{"at":3}', 2),
      record(4),
      state('{"at":4}', 1),
    ],
  });
  expect(ran.exitCode).toBe(1);
  expect(ran.run.errors.map(({ code }) => code)).toEqual(['pipe.count_mismatch']);
  expect(ran.passed.slice(0, -1)).toEqual([record(1), state('{"at":1}', 1), record(2), record(4)]);
  // What comes again must not be there twice.
  expect(JSON.parse(ran.passed.at(-1)!).trace.stream_status.status).toBe('INCOMPLETE');
  expect(ran.states).toContain('"at":1');
});

describe('a source with nothing to say', () => {
  test('is a success: the destination is told that the silence is meant', async () => {
    const ran = await run({ lines: ['{"type":"LOG","log":{"level":"INFO","message":"nothing new"}}'] });
    expect([ran.exitCode, ran.run.errors]).toEqual([0, []]);
    expect(ran.passed.map((line) => JSON.parse(line).trace.type)).toEqual(['ANALYTICS']);
  });

  test('is none if it failed', async () => {
    const ran = await run({ lines: [{ do: 'exit', code: 1 }] });
    expect(ran.exitCode).toBe(2);
  });
});

test('what a source without states sends is stored, and said to be', async () => {
  const ran = await run({ lines: [record(1), record(2)] });
  expect([ran.exitCode, ran.run.streams[0]?.committed]).toEqual([0, 2]);
});

describe('a program that a source leaves behind, holding its output open', () => {
  const whole = [status('STARTED'), record(1), state('{"at":1}', 1), status('COMPLETE')];

  test('holds nobody up: what comes is read, 5 s of silence end it; what was COMPLETE is', async () => {
    const late = `sleep 0.1; echo '${status('COMPLETE', 'u')}'; sleep 20`;
    const other = [status('STARTED', 'u'), record(1, 'u'), state('{"at":1}', 1, 'u')];
    const ran = await run({
      streams: [{ name: 't' }, { name: 'u' }],
      lines: [...whole, ...other, { do: 'leave', script: late }],
      check: 'leave',
      clock: quick,
    });
    expect([ran.exitCode, ran.run.errors]).toEqual([0, []]);
    expect(ran.passed).toContain(status('COMPLETE', 'u'));
    expect(ran.stderr).toContain('still holds its output open');
  });

  test('what it may still have said is missing: a stream without COMPLETE is not complete, statuses or none', async () => {
    for (const lines of [whole.slice(0, -1), [record(1), state('{"at":1}', 1)]]) {
      const ran = await run({ lines: [...lines, { do: 'leave', script: 'sleep 20' }], clock: quick });
      expect(ran.exitCode).toBe(1);
      expect(ran.run.errors.map(({ code }) => code)).toEqual(['pipe.held_open']);
      expect(ran.run.streams[0]).toMatchObject({ committed: 1, complete: false });
      expect(ran.passed.at(-1)).toContain('INCOMPLETE');
    }
  });

  test('that goes on talking is closed when the time is over; what was COMPLETE by then is', async () => {
    const talks = `while :; do echo '{"type":"LOG","log":{"message":"on"}}'; sleep 0.05; done`;
    const script = `timeout 20 sh -c "${talks.replaceAll('"', '\\"')}"`;
    for (const [lines, exitCode, codes] of [
      [whole, 0, []],
      [whole.slice(0, -1), 1, ['pipe.held_open', 'run.timeout']],
    ] as const) {
      const ran = await run({
        lines: [...lines, { do: 'leave', script }],
        job: { timeout_minutes: 0.2 },
        clock: quick,
      });
      expect([ran.exitCode, ran.run.errors.map(({ code }) => code)]).toEqual([exitCode, codes]);
    }
  });
});

test('an error of a stream is shown once, with its code, place and hint, without its traceback; --json has it at its top, --quiet names the job', async () => {
  const facts = { code: 'acme.column_gone', place: 'GET /t', hint: 'add\u001b[2J it again' };
  const trace = {
    type: 'ERROR',
    emitted_at: 1,
    error: {
      message: 'the column x is gone\nTraceback (most recent call last):\n  File "a.py", line 1\nKeyError: x',
      internal_message: 'KeyError: x',
      stack_trace: 'Traceback (most recent call last):\n  File "a.py"',
      failure_type: 'system_error',
      'x-headrace': facts,
    },
  };
  const error = (of: object) =>
    JSON.stringify({ type: 'TRACE', trace: { ...trace, error: { ...trace.error, ...of } } });
  const lines = [
    status('STARTED'),
    record(1),
    state('{"at":1}', 1),
    error({ stream_descriptor: { name: 't' } }),
    error({}),
    { do: 'exit', code: 1 },
  ];
  const ran = await run({ lines });
  expect(ran.exitCode).toBe(1);
  expect(ran.json.errors).toEqual([
    expect.objectContaining({ job: 'j', stream: 't', message: 'the column x is gone', ...facts }),
  ]);
  const [kept] = await ran.w.runs();
  expect(kept?.errors).toEqual([expect.objectContaining(facts)]);
  // The destination hears which stream is not complete, not why.
  expect(ran.passed.slice(3).map((line) => JSON.parse(line).trace.type)).toEqual(['STREAM_STATUS']);
  const quiet = await ran.w.run('run', '--no-check', '--quiet');
  expect(quiet.stderr.match(/the column x is gone/g)).toHaveLength(1);
  expect(quiet.stderr).toMatch(/^acme\/j: ✗ acme.column_gone {2}GET \/t$/m);
  expect(quiet.stderr).toMatch(/^ {4}→ add\\x1b\[2J it again$/m);
  expect(quiet.stderr).not.toContain('Traceback');
  expect((await ran.w.run('run', '--no-check', '--log-level', 'INFO')).stderr).toContain('Traceback');
});
