import { readFileSync, rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { connector, stream, workspace } from './workspace.ts';

const started = (name: string) => ({ do: 'status', stream: name, status: 'STARTED' });
const complete = (name: string) => ({ do: 'status', stream: name, status: 'COMPLETE' });

describe('a run that works', () => {
  test('moves every record, counts it, keeps the states and says so', async () => {
    const w = workspace();
    w.job([[...stream('a', 3), ...stream('b', 2)]]);
    const ran = await w.run('run', '--json');
    expect(ran.exitCode).toBe(0);
    expect(w.ids('a')).toEqual([0, 1, 2]);
    const [run] = ran.json.data.runs;
    expect(run).toMatchObject({
      tenant: 'acme',
      job: 'j',
      number: 1,
      outcome: 'complete',
      attempts: 1,
      errors: [],
    });
    expect(run?.streams.map((one) => [one.name, one.records, one.committed, one.complete])).toEqual([
      ['a', 3, 3, true],
      ['b', 2, 2, true],
    ]);
    expect(JSON.parse(readFileSync(w.path('.headrace/acme/states/j.json'), 'utf8'))).toHaveLength(2);
    expect(await w.runs()).toMatchObject([
      { number: 1, outcome: 'complete', exitCode: 0, tries: [{ number: 1 }] },
    ]);
  });

  test('asks the source for the states it kept, and numbers the runs', async () => {
    const w = workspace();
    w.job([stream('a', 1)], { source: { streams: [{ name: 'a' }] } });
    await w.run('run');
    const second = await w.run('run', '--json');
    expect(second.json.data.runs[0]?.number).toBe(2);
    expect(w.calls('read').map((call) => call.states)).toEqual([null, expect.stringContaining('"at":')]);
  });

  test('takes the states of a destination that keeps them, as they are, and keeps none itself', async () => {
    const w = workspace();
    w.job([stream('a', 1)], {
      source: { streams: [{ name: 'a' }] },
      ends: ['source', 'keeping-destination'],
    });
    await w.run('run');
    const ran = await w.run('run');
    expect(ran.exitCode).toBe(0);
    const [first, second] = w.calls('read');
    expect([first?.states, first?.statesBy]).toEqual(['[]', 'file']);
    expect(second?.states).toBe(readFileSync(w.path('out.states'), 'utf8'));
    expect(w.files().filter((file) => file.includes('/states/'))).toEqual([]);
    // Its `source` is the job's name where nothing else is configured.
    expect(w.lines('out.calls').at(-1)?.config).toMatchObject({ source: 'j' });
  });

  test('hands the states through a pipe to a source of ours, checked with its catalog', async () => {
    const w = workspace();
    w.job([stream('a', 1)], {
      source: { streams: [{ name: 'a' }] },
      ends: ['our-source', 'keeping-destination'],
    });
    expect((await w.run('run')).exitCode).toBe(0);
    expect(w.calls('read')[0]).toMatchObject({ states: '[]', statesBy: 'pipe' });
    expect(w.calls('check')[0]?.catalog?.streams).toHaveLength(1);
  });

  test('configures incremental to append and full refresh to overwrite, with the generation of the run', async () => {
    const w = workspace();
    w.job([[...stream('a', 1), ...stream('b', 1)]], {
      source: { streams: [{ name: 'a' }, { name: 'b', supported_sync_modes: ['full_refresh'] }] },
    });
    await w.run('run');
    const [a, b] = w.calls('read')[0]?.catalog?.streams ?? [];
    expect(a).toMatchObject({
      sync_mode: 'incremental',
      destination_sync_mode: 'append',
      generation_id: 0,
      minimum_generation_id: 0,
      sync_id: 1,
    });
    expect(b).toMatchObject({ sync_mode: 'full_refresh', destination_sync_mode: 'overwrite', sync_id: 1 });
    expect(b?.generation_id).toBe(b?.minimum_generation_id);
    await w.run('run');
    const again = w.calls('read')[1]?.catalog?.streams[1];
    expect(Number(again?.generation_id)).toBeGreaterThan(Number(b?.generation_id));
  });

  test('--streams narrows the job, --no-check asks nobody, --dry-run moves nothing', async () => {
    const w = workspace();
    w.job([stream('b', 1)]);
    const dry = await w.run('run', '--dry-run', '--streams', 'b');
    expect(dry).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('b  incremental → append') });
    const ran = await w.run('run', '--no-check', '--streams', 'b');
    expect(ran.exitCode).toBe(0);
    expect(w.calls('check')).toHaveLength(1);
    expect(w.calls('read').map((call) => call.catalog?.streams.map(({ stream }) => stream.name))).toEqual([
      ['b'],
    ]);
  });

  test('passes records, states and traces on, and neither logs, nor strange lines, nor a rotated token', async () => {
    const w = workspace();
    const noise = [
      { do: 'log', message: 'hello' },
      { do: 'raw', text: 'Loading…\n\n' },
      { do: 'control', config: { token: 'rotated-token-1' } },
    ];
    w.job([[started('a'), ...noise, ...stream('a', 2).slice(1)]], {
      source: { token: 'configured-token', streams: [{ name: 'a' }] },
    });
    expect((await w.run('run')).exitCode).toBe(0);
    const types = w.lines('out.input').map((message) => message.type);
    expect(types).toEqual(['TRACE', 'RECORD', 'RECORD', 'STATE', 'TRACE']);
  });

  test('lines of any shape are counted: white space, other key orders, no newline at the end', async () => {
    const w = workspace();
    const odd = [
      {
        do: 'raw',
        text: '{ "type" : "RECORD", "record": { "data": {"id": 7}, "stream": "a", "emitted_at": 1 } }\n',
      },
      { do: 'raw', text: '{"record":{"stream":"a","emitted_at":1,"data":{"id":8}},"type":"RECORD"}\n' },
      { do: 'state', stream: 'a', says: 2 },
      {
        do: 'raw',
        text: '{"type":"TRACE","trace":{"type":"STREAM_STATUS","emitted_at":1,"stream_status":{"stream_descriptor":{"name":"a"},"status":"COMPLETE"}}}',
      },
    ];
    w.job([[started('a'), ...odd]], { source: { streams: [{ name: 'a' }] } });
    const ran = await w.run('run', '--json');
    expect(ran.exitCode).toBe(0);
    expect(ran.json.data.runs[0]?.streams[0]).toMatchObject({ records: 2, committed: 2 });
  });
});

describe('what a run says of failures', () => {
  test('one stream fails, the others are safe: 1, and what failed is named', async () => {
    const w = workspace();
    const failing = [
      started('b'),
      { do: 'records', stream: 'b', count: 2 },
      { do: 'error', stream: 'b', kind: 'system_error', message: 'b broke' },
      { do: 'status', stream: 'b', status: 'INCOMPLETE' },
      { do: 'exit', code: 1 },
    ];
    w.job([[...stream('a', 2), ...failing]]);
    const ran = await w.run('run', '--json');
    expect(ran.exitCode).toBe(1);
    const [run] = ran.json.data.runs;
    expect(run?.outcome).toBe('partial');
    expect(run?.streams.map((one) => one.complete)).toEqual([true, false]);
    expect(run?.errors).toContainEqual(expect.objectContaining({ stream: 'b', message: 'b broke' }));
  });

  test('nothing committed: 2', async () => {
    const w = workspace();
    w.job([[started('a'), { do: 'records', stream: 'a', count: 2 }, { do: 'kill' }]], {
      source: { streams: [{ name: 'a' }] },
    });
    const ran = await w.run('run', '--json');
    expect(ran.exitCode).toBe(2);
    expect(ran.json.data.runs[0]?.errors[0]).toMatchObject({
      code: 'connector.crashed',
      message: expect.stringContaining('SIGKILL'),
    });
    // The destination is told what a dead source cannot say.
    expect(w.lines('out.input').at(-1)).toMatchObject({ trace: { stream_status: { status: 'INCOMPLETE' } } });
  });

  test('a count that differs in the pipe fails the stream; its states from there on are not kept', async () => {
    const w = workspace();
    const plan = [
      started('a'),
      { do: 'records', stream: 'a', count: 2 },
      { do: 'state', stream: 'a', state: { at: 'good' } },
      { do: 'records', stream: 'a', count: 2 },
      { do: 'state', stream: 'a', says: 3, state: { at: 'bad' } },
      complete('a'),
    ];
    w.job([plan], { source: { streams: [{ name: 'a' }] } });
    const ran = await w.run('run', '--json');
    expect(ran.exitCode).toBe(1);
    expect(ran.json.data.runs[0]?.errors[0]).toMatchObject({
      code: 'pipe.count_mismatch',
      stream: 'a',
      message: expect.stringContaining('the source says 3 records for a state, 2 passed'),
    });
    expect(readFileSync(w.path('.headrace/acme/states/j.json'), 'utf8')).toContain('good');
    expect(readFileSync(w.path('.headrace/acme/states/j.json'), 'utf8')).not.toContain('bad');
  });

  test('a destination that counts otherwise fails the run, and its state is not kept', async () => {
    const w = workspace();
    w.job([stream('a', 3)], {
      source: { streams: [{ name: 'a' }] },
      destination: { misbehave: { lie: 1 } },
      job: { retries: 2 },
    });
    const ran = await w.run('run', '--json');
    expect(ran.exitCode).toBe(2);
    expect(ran.json.data.runs[0]).toMatchObject({
      attempts: 1,
      errors: [{ code: 'destination.count_mismatch' }],
    });
    expect(w.files().filter((file) => file.endsWith('states/j.json'))).toEqual([]);
  });

  test('a state that was never sent is not kept', async () => {
    const w = workspace();
    w.job([stream('a', 1)], {
      source: { streams: [{ name: 'a' }] },
      destination: { misbehave: { inventStates: true } },
    });
    const ran = await w.run('run', '--json');
    expect(ran.exitCode).toBe(2);
    expect(ran.json.data.runs[0]?.errors[0]?.code).toBe('state.unknown');
    expect(w.files().filter((file) => file.endsWith('states/j.json'))).toEqual([]);
  });

  test('a state is kept only after its echo: none comes, none is kept', async () => {
    const w = workspace();
    w.job([stream('a', 1)], {
      source: { streams: [{ name: 'a' }] },
      destination: { misbehave: { neverEcho: true } },
    });
    expect((await w.run('run')).exitCode).toBe(2);
    expect(w.files().filter((file) => file.endsWith('states/j.json'))).toEqual([]);
  });

  test('echoes that come at the very end count', async () => {
    const w = workspace();
    w.job([[...stream('a', 2), ...stream('b', 2)]], { destination: { misbehave: { echoLate: true } } });
    expect((await w.run('run')).exitCode).toBe(0);
  });

  test('a destination that dies ends the run, and the source with it', async () => {
    const w = workspace();
    const plan = [
      started('a'),
      { do: 'records', stream: 'a', count: 2000, bytes: 5000 },
      { do: 'drain' },
      { do: 'exit', code: 1 },
    ];
    w.job([plan], { source: { streams: [{ name: 'a' }] }, destination: { misbehave: { dieAfter: 10 } } });
    const ran = await w.run('run', '--json');
    expect(ran.exitCode).toBe(2);
    expect(ran.json.data.runs[0]?.errors).toContainEqual(
      expect.objectContaining({ origin: 'destination', message: expect.stringContaining('SIGKILL') }),
    );
  });

  test('a destination that leaves early and says it is fine is not believed', async () => {
    const w = workspace();
    w.job([[...stream('a', 50)]], {
      source: { streams: [{ name: 'a' }] },
      destination: { misbehave: { leaveAfter: 5 } },
    });
    expect((await w.run('run')).exitCode).toBe(2);
  });

  test('a last line that is cut fails the run and is not passed on', async () => {
    const w = workspace();
    w.job([[...stream('a', 1), { do: 'raw', text: '{"type":"RECORD","record":{"stream":"a","emit' }]], {
      source: { streams: [{ name: 'a' }] },
    });
    const ran = await w.run('run', '--json');
    expect(ran.exitCode).toBe(1);
    expect(ran.json.data.runs[0]?.errors[0]?.code).toBe('pipe.line_cut');
    expect(w.lines('out.input').filter((message) => message.type === 'RECORD')).toHaveLength(1);
  });

  test('records of a stream that nobody asked for fail the run', async () => {
    const w = workspace();
    w.job([[...stream('a', 1), { do: 'records', stream: 'x', count: 3 }]], {
      source: { streams: [{ name: 'a' }] },
    });
    const ran = await w.run('run', '--json');
    expect(ran.exitCode).toBe(1);
    expect(ran.json.data.runs[0]?.errors.map(({ code }) => code)).toEqual(['pipe.unknown_stream']);
  });

  test('a flood on stderr does not stop the source, and its last words are shown when it dies', async () => {
    const w = workspace();
    w.job(
      [
        [
          { do: 'stderr', text: `${'noise '.repeat(50_000)}\nout of luck\n` },
          { do: 'exit', code: 7 },
        ],
      ],
      { source: { streams: [{ name: 'a' }] } },
    );
    const ran = await w.run('run', '--json');
    expect(ran.json.data.runs[0]?.errors[0]).toMatchObject({
      message: 'the source ended with exit code 7',
      hint: expect.stringContaining('out of luck'),
    });
  });
});

describe('retries', () => {
  test('only unfinished streams are read again, from the states of the first attempt', async () => {
    const w = workspace();
    const first = [
      ...stream('a', 2),
      started('b'),
      { do: 'records', stream: 'b', count: 2 },
      { do: 'state', stream: 'b', state: { at: 'two' } },
      { do: 'error', kind: 'transient_error', message: 'the network' },
      { do: 'exit', code: 1 },
    ];
    w.job([first, stream('b', 3, 2)], { job: { retries: 2 }, ends: ['source', 'keeping-destination'] });
    const ran = await w.run('run', '--json');
    expect(ran.exitCode).toBe(0);
    expect(ran.json.data.runs[0]).toMatchObject({ attempts: 2, errors: [] });
    const [, second] = w.calls('read');
    expect(second?.catalog?.streams.map(({ stream }) => stream.name)).toEqual(['b']);
    expect(second?.states).toContain('"at":"two"');
    expect(ran.json.data.runs[0]?.streams.map((one) => [one.name, one.records])).toEqual([
      ['a', 2],
      ['b', 5],
    ]);
    expect(w.calls('check')).toHaveLength(1);
  });

  test('a config error is not tried again', async () => {
    const w = workspace();
    w.job(
      [
        [
          { do: 'error', kind: 'config_error', message: 'the token was revoked' },
          { do: 'exit', code: 1 },
        ],
      ],
      { job: { retries: 5 } },
    );
    const ran = await w.run('run', '--json');
    expect(ran.exitCode).toBe(2);
    expect(ran.json.data.runs[0]?.attempts).toBe(1);
  });

  test('a config error of one stream leaves that stream alone; it stays in the result', async () => {
    const w = workspace();
    const first = [
      started('a'),
      { do: 'error', stream: 'a', kind: 'config_error', message: 'a may not be read' },
      { do: 'status', stream: 'a', status: 'INCOMPLETE' },
      started('b'),
      { do: 'error', kind: 'transient_error', message: 'the network' },
      { do: 'exit', code: 1 },
    ];
    w.job([first, stream('b', 1)], { job: { retries: 3 } });
    const ran = await w.run('run', '--json');
    expect(ran.exitCode).toBe(1);
    const [run] = ran.json.data.runs;
    expect(run?.attempts).toBe(2);
    expect(run?.errors.map(({ message }) => message)).toEqual(['a may not be read']);
    expect(w.calls('read')[1]?.catalog?.streams.map(({ stream }) => stream.name)).toEqual(['b']);
  });

  test('it gives up after the last one', async () => {
    const w = workspace();
    w.job([[{ do: 'kill' }]], { job: { retries: 2 } });
    const ran = await w.run('run', '--json');
    expect(ran.exitCode).toBe(2);
    expect(w.calls('read')).toHaveLength(3);
  });

  test('a check that says FAILED is 2 at once; one that crashes is an attempt', async () => {
    const w = workspace();
    w.job([stream('a', 1)], { source: { check: 'FAILED' }, job: { retries: 3 } });
    const failed = await w.run('run', '--json');
    expect(failed.exitCode).toBe(2);
    expect(failed.json.data.runs[0]).toMatchObject({
      attempts: 1,
      errors: [
        {
          code: 'connector.check_failed',
          message: 'the token is refused',
          place: expect.stringContaining('headrace.yaml:'),
        },
      ],
    });
    expect(w.lines('notes').filter((call) => call.verb === 'read')).toEqual([]);

    for (const check of ['crash once', 'FAILED for a while once']) {
      const other = workspace();
      other.job([stream('a', 1)], { source: { check, streams: [{ name: 'a' }] }, job: { retries: 1 } });
      const passed = await other.run('run', '--json');
      expect(passed.json.data.runs[0], check).toMatchObject({ attempts: 2, outcome: 'complete' });
    }
  });

  test('timeout_minutes: the source drains, what is committed stays, the next attempt goes on', async () => {
    const w = workspace();
    const first = [
      started('a'),
      { do: 'records', stream: 'a', count: 2 },
      { do: 'state', stream: 'a', state: { at: 'two' } },
      { do: 'drain' },
      { do: 'exit', code: 1 },
    ];
    w.job([first, stream('a', 1, 2)], {
      source: { streams: [{ name: 'a' }] },
      job: { retries: 1, timeout_minutes: 0.01 },
    });
    const ran = await w.run('run', '--json');
    expect(ran.json.data.runs[0]).toMatchObject({ attempts: 2, outcome: 'complete' });
    expect(w.calls('read')[1]?.states).toContain('"at":"two"');
    expect(w.ids('a')).toEqual([0, 1, 2]);
  });

  test('an unfinished full refresh keeps its generation when its state is handed over, and only then', async () => {
    const w = workspace();
    const half = [
      started('a'),
      { do: 'records', stream: 'a', count: 1 },
      { do: 'state', stream: 'a', state: { page: 2 } },
      { do: 'kill' },
    ];
    w.job([half, half, stream('a', 1)], {
      source: { streams: [{ name: 'a', supported_sync_modes: ['full_refresh'] }] },
      job: { retries: 1 },
    });
    await w.run('run');
    await w.run('run');
    await w.run('run');
    const reads = w.calls('read').map((call) => [call.catalog?.streams[0]?.generation_id, call.states]);
    const [generation] = reads[0] ?? [];
    // Attempts 1 and 2 of run 1 and the only one of run 2 are one copy; run 3 begins a new one, from nothing.
    expect(reads.slice(0, 3).map(([id]) => id)).toEqual([generation, generation, generation]);
    expect(reads[2]?.[1]).toContain('"page":2');
    expect(reads[3]?.[0]).not.toBe(generation);
    expect(reads[3]?.[1]).toBeNull();
  });
});

test('a generation comes never twice, also if our own files were lost between two runs', async () => {
  const w = workspace();
  w.job([stream('a', 1)], {
    source: { streams: [{ name: 'a', supported_sync_modes: ['full_refresh'] }] },
    ends: ['source', 'keeping-destination'],
  });
  for (let k = 0; k < 3; k++) {
    if (k === 2) rmSync(w.path('.headrace'), { recursive: true });
    expect((await w.run('run', '--no-check')).exitCode).toBe(0);
  }
  const generations = w.calls('read').map((call) => Number(call.catalog?.streams[0]?.generation_id));
  expect(new Set(generations).size).toBe(3);
  expect([...generations].sort((a, b) => a - b)).toEqual(generations);
});

test('a stream that two namespaces have is read from both', async () => {
  const w = workspace();
  const streams = [
    { name: 'a', namespace: 'north' },
    { name: 'a', namespace: 'south' },
  ];
  w.job([[]], { source: { streams } });
  for (const flags of [[], ['--streams', 'a']])
    expect((await w.run('run', '--no-check', ...flags)).exitCode).toBe(0);
  const read = w.calls('read').map((call) => call.catalog?.streams.map(({ stream }) => stream));
  expect(read).toEqual([streams, streams].map((both) => both.map((one) => expect.objectContaining(one))));
});

describe('several jobs', () => {
  test('--all runs by priority; 1 where one fails and another commits', async () => {
    const w = workspace();
    const end = (name: string, plan: unknown) => ({
      connector: connector('source'),
      config: { notes: w.path(`notes-${name}`), plan, streams: [{ name: 'a' }] },
    });
    const job = (name: string, plan: unknown, priority: string) => ({
      source: end(name, plan),
      destination: { connector: connector('destination'), config: { out: w.path(`out-${name}`) } },
      priority,
      retries: 0,
    });
    w.write(
      'headrace.yaml',
      JSON.stringify({
        jobs: {
          low: job('low', [stream('a', 1)], 'low'),
          first: job('first', [[{ do: 'kill' }]], 'critical'),
        },
      }),
    );
    const ran = await w.run('run', '--all', '--json');
    expect(ran.exitCode).toBe(1);
    expect(ran.json.data.runs.map((run) => [run.job, run.exitCode])).toEqual([
      ['first', 2],
      ['low', 0],
    ]);
    expect((await w.run('run')).exitCode).toBe(2);
    expect((await w.run('run', 'low', 'first', '--json')).exitCode).toBe(1);
  });

  test('a mistake in one of them leaves the others alone', async () => {
    const w = workspace();
    const good = {
      source: {
        connector: connector('source'),
        config: { notes: w.path('notes'), plan: [stream('a', 1)], streams: [{ name: 'a' }] },
      },
      destination: { connector: connector('destination'), config: { out: w.path('out') } },
    };
    w.write(
      'headrace.yaml',
      JSON.stringify({ jobs: { bad: { ...good, source: { connector: './nowhere' } }, good } }),
    );
    const ran = await w.run('run', '--all', '--json');
    expect(ran.exitCode).toBe(1);
    expect(ran.json.data.runs.map((run) => [run.job, run.exitCode])).toEqual([['good', 0]]);
    expect(ran.json.errors[0]?.code).toBe('connector.not_found');
  });
});
