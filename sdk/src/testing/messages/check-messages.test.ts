import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkMessages, MessageChecker, type OutputOf } from './check-messages.ts';

const T = 1_790_000_000_000;
const status = (name: string, status: string, extra = {}) => ({
  type: 'TRACE',
  trace: {
    type: 'STREAM_STATUS',
    emitted_at: T,
    stream_status: { stream_descriptor: { name }, status, ...extra },
  },
});
const record = (stream: string, data: object = { id: 1 }, extra = {}) => ({
  type: 'RECORD',
  record: { stream, emitted_at: T, data, ...extra },
});
const state = (name: string, recordCount: number | undefined, stream_state: unknown) => ({
  type: 'STATE',
  state: {
    type: 'STREAM',
    stream: { stream_descriptor: { name }, stream_state },
    ...(recordCount === undefined ? {} : { sourceStats: { recordCount } }),
  },
});
const good = [
  { type: 'LOG', log: { level: 'INFO', message: 'hello' } },
  status('issues', 'STARTED'),
  status('users', 'STARTED'),
  status('issues', 'RUNNING'),
  record('issues'),
  record('issues', { id: 2 }),
  state('issues', 2, { at: 2 }),
  record('issues', { id: 3 }),
  state('issues', 1, { at: 3 }),
  status('issues', 'COMPLETE'),
  state('users', 0, { at: 0 }),
  status('users', 'COMPLETE'),
];
const streams = [{ name: 'issues' }, { name: 'users', namespace: null }];
const lines = (messages: unknown[]) =>
  messages.map((m) => `${typeof m === 'string' ? m : JSON.stringify(m)}\n`).join('');

/** Findings as `line/rule`. */
function found(messages: unknown[], given: typeof streams | undefined = streams): string[] {
  return checkMessages(lines(messages), { command: 'read', streams: given }).map(
    ({ line, rule }) => `${line}/${rule}`,
  );
}
/** The good output with line `line` replaced. */
const replaced = (line: number, ...by: unknown[]) => [...good.slice(0, line - 1), ...by, ...good.slice(line)];
const behind = (line: number, ...more: unknown[]) => [...good.slice(0, line), ...more, ...good.slice(line)];

test('a good read has no findings', () => {
  expect(checkMessages(lines(good), { command: 'read', streams })).toStrictEqual([]);
  expect(checkMessages(Buffer.from(lines(good)), { command: 'read' })).toStrictEqual([]);
});

describe('each line is one valid message (10, 11)', () => {
  test.each([
    ['no JSON', 'starting up'],
    ['an empty line', ''],
    ['NaN', '{"type":"RECORD","record":{"stream":"issues","emitted_at":NaN,"data":{"a":1}}}'],
    ['no type', { log: { level: 'INFO', message: 'x' } }],
    ['an unknown type', { type: 'HELLO' }],
    ['no body', { type: 'LOG' }],
    ['a body of another type', { type: 'LOG', record: {} }],
    ['an unknown level', { type: 'LOG', log: { level: 'NOTICE', message: 'x' } }],
    ['a null where the schema has none', { type: 'LOG', log: { level: 'INFO', message: 'x' }, trace: null }],
    ['a record without data', { type: 'RECORD', record: { stream: 'issues', emitted_at: T } }],
    ['data that is no object', record('issues', [1])],
    ['a time with a fraction (15)', record('issues', { id: 1 }, { emitted_at: T + 0.5 })],
    [
      'a change for no reason',
      record('issues', { id: 1 }, { meta: { changes: [{ field: 'a', change: 'NULLED', reason: 'X' }] } }),
    ],
    ['a status without its stream', { type: 'TRACE', trace: { type: 'STREAM_STATUS', emitted_at: T } }],
    [
      'a state without its stream',
      { type: 'STATE', state: { type: 'STREAM', sourceStats: { recordCount: 0 } } },
    ],
  ])('%s', (_, line) => {
    expect(new Set(found(behind(1, line)))).toStrictEqual(new Set(['2/10']));
  });

  test('a raw carriage return, and a last line without a newline', () => {
    expect(found(behind(1, '{"type":"LOG",\r"log":{"level":"INFO","message":"x"}}'))).toStrictEqual(['2/11']);
    expect(
      checkMessages(lines(good).slice(0, -1), { command: 'read', streams }).map((f) => f.rule),
    ).toContain(10);
  });
});

describe('rules of a read', () => {
  test('no empty records (12), no records of other streams (13), times in milliseconds (15)', () => {
    expect(found(replaced(5, record('issues', {})))).toStrictEqual(['5/12']);
    expect(found(behind(5, record('other')))).toStrictEqual(['6/13']);
    expect(found(behind(5, record('users', { id: 1 }, { namespace: 'x' })))).toStrictEqual(['6/13']);
    expect(found(replaced(5, record('issues', { id: 1 }, { emitted_at: 1_790_000_000 })))).toStrictEqual([
      '5/15',
    ]);
  });

  test('STARTED, RUNNING, COMPLETE (29)', () => {
    expect(found(replaced(2))).toStrictEqual(['3/29', '4/29', '9/29', '12/29']);
    expect(found(replaced(4))).toStrictEqual(['12/29']);
    expect(found(replaced(10))).toStrictEqual(['12/29']);
    expect(found(behind(2, status('issues', 'STARTED')))).toStrictEqual(['3/29']);
    expect(found(behind(12, record('users')))).toStrictEqual(['13/29', '14/29', '14/35']);
    expect(found(behind(12, status('users', 'INCOMPLETE')))).toStrictEqual(['13/29']);
  });

  test('a rate limit is a RUNNING with its reason', () => {
    const reasons = [{ type: 'RATE_LIMITED', rate_limited: { quota_reset: T } }];
    expect(found(behind(3, status('issues', 'RUNNING', { reasons })))).toStrictEqual([]);
  });

  test('a state for every stream, behind its last record (35); none for one that failed', () => {
    expect(found(replaced(11))).toStrictEqual(['12/35']);
    expect(found([...good.slice(0, 10), status('users', 'INCOMPLETE')])).toStrictEqual([]);
    expect(found(behind(9, record('issues')))).toStrictEqual(['14/35']);
  });

  test('exact counts (36)', () => {
    expect(found(replaced(7, state('issues', 3, { at: 2 })))).toStrictEqual(['7/36']);
    expect(found(replaced(7, state('issues', undefined, { at: 2 })))).toStrictEqual(['7/36']);
    expect(found(replaced(9, state('issues', 3, { at: 3 })))).toStrictEqual(['9/36']);
    expect(found(replaced(7, state('issues', 2.0, { at: 2 })))).toStrictEqual([]);
  });

  test('one type of states, and not the old one (37)', () => {
    const global = (recordCount: number) => ({
      type: 'STATE',
      state: { type: 'GLOBAL', global: { stream_states: [] }, sourceStats: { recordCount } },
    });
    expect(found(behind(9, global(3)))).toStrictEqual(['10/37']);
    expect(found(behind(9, { type: 'STATE', state: { data: {} } }))).toStrictEqual(['10/37']);
    const only = [status('issues', 'STARTED'), status('issues', 'RUNNING'), record('issues'), global(1)];
    expect(found([...only, status('issues', 'COMPLETE')], [{ name: 'issues' }])).toStrictEqual([]);
    expect(
      found([...only, record('issues'), global(1), status('issues', 'COMPLETE')], [{ name: 'issues' }]),
    ).toStrictEqual(['6/38']);
  });

  test('a state moves with the records (38)', () => {
    expect(found(replaced(9, state('issues', 1, { at: 2 })))).toStrictEqual(['9/38']);
    expect(found(behind(9, state('issues', 0, { at: 3 })))).toStrictEqual([]);
  });
});

describe('the other commands', () => {
  const spec = { type: 'SPEC', spec: { connectionSpecification: { type: 'object' } } };
  const log = good[0];
  const of = (command: OutputOf['command'], messages: unknown[]) =>
    checkMessages(lines(messages), { command }).map(({ line, rule }) => `${line}/${rule}`);

  test('spec: exactly one, within ten lines (19)', () => {
    expect(of('spec', [log, spec])).toStrictEqual([]);
    expect(of('spec', [log])).toStrictEqual(['2/19']);
    expect(of('spec', [spec, spec])).toStrictEqual(['2/19']);
    expect(of('spec', [...Array(10).fill(log), spec])).toStrictEqual(['11/19']);
    expect(of('spec', [{ type: 'SPEC', spec: { ...spec.spec, documentationUrl: 'no url' } }])).toStrictEqual([
      '1/10',
      '2/19',
    ]);
  });

  test('check: exactly one status (21)', () => {
    const ok = { type: 'CONNECTION_STATUS', connectionStatus: { status: 'SUCCEEDED' } };
    expect(of('check', [ok])).toStrictEqual([]);
    expect(of('check', [log])).toStrictEqual(['2/21']);
    expect(of('check', [ok, ok])).toStrictEqual(['2/21']);
  });

  test('discover: one catalog, not empty, unique names (25)', () => {
    const stream = { name: 'a', json_schema: {}, supported_sync_modes: ['full_refresh'] };
    const catalog = (...streams: unknown[]) => ({ type: 'CATALOG', catalog: { streams } });
    expect(of('discover', [catalog(stream, { ...stream, name: 'b' })])).toStrictEqual([]);
    expect(of('discover', [catalog(stream, stream)])).toStrictEqual(['1/25']);
    expect(of('discover', [catalog()])).toStrictEqual(['1/25']);
    expect(of('discover', [])).toStrictEqual(['1/25']);
  });

  test('write: valid lines; a state is an echo, nulls of its caller included', () => {
    expect(of('write', [state('issues', undefined, null), state('issues', undefined, null)])).toStrictEqual(
      [],
    );
    expect(of('read', [state('issues', 0, null)])).toContain('1/10');
  });
});

describe('what a schema of the catalog promises (47)', () => {
  const promised = [
    {
      name: 'issues',
      json_schema: {
        type: 'object',
        properties: { id: { type: 'integer' }, at: { type: ['null', 'string'] } },
      },
      source_defined_primary_key: [['id']],
    },
    { name: 'users' },
  ];
  const of = (data: object) => [
    ...good.slice(0, 4),
    record('issues', data),
    record('issues', { id: 2 }),
    ...good.slice(6),
  ];
  const findings = (data: object) =>
    checkMessages(lines(of(data)), { command: 'read', streams: promised }).map(
      ({ line, rule, message }) => `${line}/${rule} ${message}`,
    );

  test.each([
    [{ id: 1, at: null, more: [] }, []],
    [{ id: '1' }, ['5/47 issues/id must be integer']],
    [{ at: 17 }, ['5/47 issues/at must be string,null', '5/47 issues: its key id is null']],
    [{ id: null }, ['5/47 issues/id must be integer', '5/47 issues: its key id is null']],
  ])('%j', (data, expected) => {
    expect(findings(data).map((text) => text.replace('null,string', 'string,null'))).toStrictEqual(expected);
  });
});

describe('traces and control (10, 15, 31, 49)', () => {
  const trace = (body: object, emitted_at: number = T) => ({ type: 'TRACE', trace: { emitted_at, ...body } });
  const limited = (status: string, quota_reset?: number) => ({
    type: 'STREAM_STATUS',
    stream_status: {
      stream_descriptor: { name: 'issues' },
      status,
      reasons: [
        { type: 'RATE_LIMITED', ...(quota_reset === undefined ? {} : { rate_limited: { quota_reset } }) },
      ],
    },
  });
  const estimate = (more: object) => ({
    type: 'ESTIMATE',
    estimate: { name: 'issues', type: 'STREAM', ...more },
  });

  test.each([
    ['a wait that is told', trace(limited('RUNNING', T + 6000)), []],
    ['a wait without its end', trace(limited('RUNNING')), ['6/31']],
    ['a wait in seconds', trace(limited('RUNNING', T / 1000)), ['6/31']],
    ['an estimate', trace(estimate({ row_estimate: 3 })), []],
    ['an estimate of nothing', trace(estimate({})), ['6/10']],
    ['an estimate below zero', trace(estimate({ row_estimate: -1 })), ['6/10']],
    ['an estimate of another stream', trace(estimate({ name: 'other', row_estimate: 1 })), ['6/13']],
    [
      'an error of a stream',
      trace({
        type: 'ERROR',
        error: { message: 'x', failure_type: 'system_error', stream_descriptor: { name: 'issues' } },
      }),
      [],
    ],
    ['an error without a type', trace({ type: 'ERROR', error: { message: 'x' } }), ['6/10']],
    [
      'an error of another stream',
      trace({
        type: 'ERROR',
        error: { message: 'x', failure_type: 'system_error', stream_descriptor: { name: 'other' } },
      }),
      ['6/13'],
    ],
    ['a trace in seconds', trace(estimate({ row_estimate: 3 }), T / 1000), ['6/15']],
    [
      'a control',
      {
        type: 'CONTROL',
        control: { type: 'CONNECTOR_CONFIG', emitted_at: T, connectorConfig: { config: { a: 1 } } },
      },
      [],
    ],
    [
      'a control without a config',
      {
        type: 'CONTROL',
        control: { type: 'CONNECTOR_CONFIG', emitted_at: T, connectorConfig: { config: {} } },
      },
      ['6/49'],
    ],
  ])('%s', (_, message, expected) => {
    expect(found(behind(5, message))).toStrictEqual(expected);
  });

  test('what is not an answer to the command', () => {
    const output = (messages: unknown[], command: OutputOf['command']) =>
      checkMessages(lines(messages), { command }).map(({ rule, message }) => `${rule} ${message}`);
    const succeeded = { type: 'CONNECTION_STATUS', connectionStatus: { status: 'SUCCEEDED' } };
    expect(output([record('issues'), succeeded], 'check')).toStrictEqual([
      '10 a RECORD in the output of check',
    ]);
    expect(output([record('issues')], 'write')).toStrictEqual(['10 a RECORD in the output of write']);
  });

  test('bytes that are no UTF-8', () => {
    const line = Buffer.from('{"type":"LOG","log":{"level":"INFO","message":"x"}}\n');
    line[line.indexOf('x')] = 0xff;
    expect(checkMessages(line, { command: 'write' })).toMatchObject([{ line: 1, rule: 11 }]);
  });
});

describe('an output that comes in pieces', () => {
  const bytes = Buffer.from(
    lines([...good.slice(0, 6), 'größe 水', ...good.slice(7), record('issues'), '']).slice(0, -1),
  );
  const whole = checkMessages(bytes, { command: 'read', streams });

  test('is found to do the same wrong however it is cut', () => {
    expect(whole.length).toBeGreaterThan(2);
    const cuts = fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 12 });
    fc.assert(
      fc.property(cuts, (places) => {
        const checker = new MessageChecker({ command: 'read', streams });
        // One buffer for all pieces, like a reader of a pipe.
        const buffer = Buffer.alloc(bytes.length);
        let from = 0;
        for (const to of [...places.sort((a, b) => a - b), bytes.length]) {
          bytes.copy(buffer, 0, from, to);
          checker.add(buffer.subarray(0, to - from));
          from = to;
        }
        expect(checker.end()).toStrictEqual(whole);
      }),
      { numRuns: 300 },
    );
  });

  test('that is all wrong does not fill the memory', () => {
    const findings = checkMessages('x\n'.repeat(5000), { command: 'write' });
    expect(findings).toHaveLength(1001);
    expect(findings.at(-1)!.message).toBe('and 4000 more findings');
  });
});
