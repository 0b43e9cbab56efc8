import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { connector, stream, workspace } from './workspace.ts';

/** The data of the only job in a `--json` envelope. */
const dataOf = (ran: { json: { data: unknown } }) =>
  (ran.json.data as { jobs: Array<Record<string, unknown>> }).jobs[0] as Record<string, never>;

const HOSTILE = 'a\u001b[2Jx\u202e';

describe('discover', () => {
  test('shows the streams of the source and which are selected, without the destination', async () => {
    const w = workspace();
    w.job([], {
      source: {
        streams: [
          { name: 'a', source_defined_primary_key: [['id'], ['x', 'y']], default_cursor_field: ['at'] },
          { name: HOSTILE, supported_sync_modes: ['full_refresh'] },
        ],
      },
      job: {
        destination: { connector: './not-there' },
        source: {
          connector: connector('source'),
          config: {
            notes: w.path('notes'),
            streams: [
              { name: 'a', source_defined_primary_key: [['id'], ['x', 'y']], default_cursor_field: ['at'] },
              { name: HOSTILE, supported_sync_modes: ['full_refresh'] },
            ],
          },
          streams: ['a'],
        },
      },
    });
    const ran = await w.run('discover');
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toContain('acme › j: ');
    expect(ran.stdout).toMatch(/│ ✓ │ a +│ incremental +│ id, x\.y │ at +│ +– │/);
    expect(ran.stdout).toContain('a\\x1b[2Jx\\u202e');
    expect(ran.stdout).not.toContain('\u001b');
    expect(dataOf(await w.run('discover', '--json')).streams).toMatchObject([
      { name: 'a', selected: true },
      { name: HOSTILE, selected: false },
    ]);
  });

  test('--streams shows fields, and names those that are not there', async () => {
    const w = workspace();
    const properties = { id: { type: ['null', 'integer'], description: 'its number' }, any: {} };
    w.job([], { source: { streams: [{ name: 'a', json_schema: { properties } }] } });
    const ran = await w.run('discover', 'j', '--streams', 'a');
    expect(ran.stdout).toMatch(/│ id +│ integer │ its number +│/);
    expect(ran.stdout).toMatch(/│ any +│ – /);
    expect((await w.run('discover', '--streams', 'aa', '--json')).json.errors).toMatchObject([
      { code: 'streams.unknown', hint: 'did you mean a?' },
    ]);
  });

  test('a source that cannot sign in is an error of its job, and the others are still shown', async () => {
    const w = workspace();
    const job = (from: string) => ({
      source: { connector: from, config: { notes: w.path('notes') } },
      destination: { connector: connector('destination'), config: { out: w.path('out') } },
    });
    w.write(
      'headrace.yaml',
      JSON.stringify({ jobs: { bad: job('./none'), good: job(connector('source')) } }),
    );
    const ran = await w.run('discover');
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('✗ connector.not_found');
    expect(ran.stdout).toContain('default › good');
  });
});

describe('preview', () => {
  test('a source of others is stopped after enough records of each stream; nothing is kept', async () => {
    const w = workspace();
    w.job(
      [
        [{ do: 'records', stream: 'a', count: 3 }, { do: 'state', stream: 'a' }, { do: 'hang' }],
        [
          { do: 'records', stream: 'b', count: 1, bytes: 2_000_000 },
          { do: 'records', stream: 'b', from: 7 },
        ],
      ],
      { source: { streams: [{ name: 'a' }, { name: 'b' }] } },
    );
    const ran = await w.run('preview', '--limit', '2', '--json');
    expect(ran.exitCode).toBe(0);
    expect(dataOf(ran).streams).toMatchObject([
      { name: 'a', records: [{ id: 0 }, { id: 1 }], too_large: 0 },
      { name: 'b', records: [{ id: 7 }], too_large: 1 },
    ]);
    // A process for each stream, with no states, and nothing left behind.
    expect(
      w.calls('read').map(({ catalog, states }) => [catalog?.streams.map((one) => one.stream.name), states]),
    ).toEqual([
      [['a'], null],
      [['b'], null],
    ]);
    expect(w.files().filter((file) => /runs|states|out/.test(file))).toEqual([]);
  });

  test('one of ours gets --limit, once; a number keeps its digits; fields without room are named', async () => {
    const w = workspace();
    const data = `{"id":9007199254740993,"link":"https://x","name":"${'n'.repeat(50)}","deep":{"a":[1]},${Array.from({ length: 12 }, (_, k) => `"field_number_${k}":"some value ${k}"`)}}`;
    const raw = (text: string) => ({
      do: 'raw',
      text: `{"type":"RECORD","record":{"stream":"a","emitted_at":1,"data":${text}}}\n`,
    });
    w.job([[raw(data), raw('{"id":2}')]], {
      ends: ['our-source', 'destination'],
      source: { streams: [{ name: 'a', source_defined_primary_key: [['id']] }] },
    });
    const ran = await w.run('preview');
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toContain('acme › j › a\n');
    expect(ran.stdout).toMatch(/│ id +│ name +│/);
    expect(ran.stdout).toContain('9007199254740993');
    expect(ran.stdout).toMatch(/and \d+ more fields: .*link, deep/);
    for (const line of ran.stdout.split('\n').filter((line) => line.startsWith('│')))
      expect(line.length).toBeLessThanOrEqual(120);
    expect(dataOf(await w.run('preview', '--json')).streams).toMatchObject([
      { records: [{ deep: { a: [1] } }, { id: 2 }] },
    ]);
    expect(w.calls('read')).toHaveLength(2);
    expect(w.calls('read')[0]).toMatchObject({ limit: '5' });
  });

  test('a stream that fails costs itself: 1; a crash and a source that says nothing are told apart', async () => {
    const w = workspace();
    const error = { do: 'error', stream: 'a', message: 'no permission', kind: 'config_error' };
    w.job([[error, { do: 'exit', code: 1 }], stream('b', 1)], {
      source: { streams: [{ name: 'a' }, { name: 'b' }] },
    });
    const partial = await w.run('preview', '--json');
    expect(partial.exitCode).toBe(1);
    expect(dataOf(partial).streams).toMatchObject([
      { error: { message: 'no permission' } },
      { records: [{ id: 0 }] },
    ]);
    const crash = workspace();
    crash.job([[{ do: 'stderr', text: 'Segmentation fault\n' }, { do: 'kill' }]], {
      source: { streams: [{ name: 'a' }] },
    });
    const crashed = await crash.run('preview');
    expect(crashed.exitCode).toBe(2);
    expect(crashed.stderr).toContain('connector.crashed');
    expect(crashed.stderr).toContain('Segmentation fault');
    const silent = workspace();
    silent.job([[]], { source: { streams: [{ name: 'a' }] } });
    expect(await silent.run('preview')).toMatchObject({ exitCode: 0, stdout: 'acme › j › a  no records\n' });
  });

  test('a source that hangs is ended by the time-out of the job', async () => {
    const w = workspace();
    w.job([[{ do: 'hang' }]], { source: { streams: [{ name: 'a' }] }, job: { timeout_minutes: 0.02 } });
    const ran = await w.run('preview', '--json');
    expect(ran.exitCode).toBe(2);
    expect(dataOf(ran).streams).toMatchObject([{ error: { code: 'connector.timeout' } }]);
  });
});

describe.each([
  ['a destination that keeps them', 'keeping-destination'],
  ['the runner', 'destination'],
])('states that %s has', (_, to) => {
  test('are shown, forgotten, and set again as they were, byte for byte', async () => {
    const w = workspace();
    const plan = [[...stream('a', 2), ...stream('b', 1)]];
    w.job(plan, { ends: ['source', to] });
    expect((await w.run('state', 'show')).stdout).toContain('no states: the next run reads everything');
    await w.run('run', '-q');
    const shown = await w.run('state', 'show', '--json');
    expect(dataOf(shown)).toMatchObject({ kept_by: to === 'destination' ? 'runner' : 'destination' });
    expect((await w.run('state', 'show')).stdout).toMatch(/│ a +│ – +│ \{"at":\d+\}/);
    const { stdout: raw } = await w.run('state', 'show', '--raw');
    expect(JSON.parse(raw)).toHaveLength(2);

    const some = await w.run('state', 'reset', 'j', '--streams', 'a');
    expect(some.stdout).toContain('the states of a are forgotten');
    expect(JSON.parse((await w.run('state', 'show', '--raw')).stdout)).toMatchObject([
      { stream: { stream_descriptor: { name: 'b' } } },
    ]);
    expect((await w.run('state', 'reset', 'j', '--streams', 'bb', '--json')).json.errors).toMatchObject([
      { code: 'state.unknown_stream', hint: 'did you mean b?' },
    ]);
    const [file] = readdirSync(w.path('.headrace/acme/states/before'));
    expect(readFileSync(w.path(`.headrace/acme/states/before/${file}`), 'utf8')).toBe(raw);
    expect(some.stdout).toContain(`headrace state set j .headrace/acme/states/before/${file}`);

    const digits = raw.replace(/"at":\d+/, '"at":9007199254740993');
    expect((await w.pipe(digits, 'state', 'set', 'j', '-')).exitCode).toBe(0);
    expect((await w.run('state', 'show', '--raw')).stdout).toContain('"at":9007199254740993');
    expect((await w.run('state', 'reset', 'j')).exitCode).toBe(0);
    expect((await w.run('state', 'show', '--raw')).stdout).toBe('[]\n');
  });

  test('are set only from what is a state, and not from nothing', async () => {
    const w = workspace();
    w.job([stream('a', 1)], { ends: ['source', to] });
    await w.run('run', '-q');
    for (const [text, code] of [
      ['', 'state.empty'],
      ['{"a":', 'state.invalid'],
      ['[{"a":1}]', 'state.invalid'],
    ] as const)
      expect((await w.pipe(text, 'state', 'set', 'j', '-', '--json')).json.errors).toMatchObject([{ code }]);
    expect(JSON.parse((await w.run('state', 'show', '--raw')).stdout)).toHaveLength(1);
  });
});

test('the states of a job that is running are left alone', async () => {
  const w = workspace();
  w.job([
    [
      { do: 'records', stream: 'a' },
      { do: 'sleep', ms: 1500 },
    ],
  ]);
  const running = w.run('run', '-q');
  const hasBegun = () => existsSync(w.path('notes')) && w.calls('read').length === 1;
  await expect.poll(hasBegun, { timeout: 20_000 }).toBe(true);
  expect((await w.run('state', 'reset', 'j', '--json')).json.errors).toMatchObject([
    { code: 'run.already_running' },
  ]);
  await running;
});

describe('stats, manifest and cursors', () => {
  test('are what the destination says, where it has the verb', async () => {
    const w = workspace();
    w.job([stream('a', 1)], { ends: ['source', 'keeping-destination'] });
    const ran = await w.run('stats');
    expect(ran.stdout).toMatch(/│ a +│ 12345678901234567890 │ 2\.0 kB │ –/);
    expect((await w.run('stats', '--json')).stdout).toContain('"records":12345678901234567890,');
    expect((await w.run('stats', '--streams', 'b')).stdout).toContain('nothing of b; there are: a');
    w.job([], { ends: ['source', 'keeping-destination'], destination: { misbehave: { stats: true } } });
    expect((await w.run('stats', '--json')).json.errors).toMatchObject([
      { code: 'disk.gone', message: 'no disk', hint: 'buy one' },
    ]);
  });

  test('of a destination of others are what the runner knows', async () => {
    const w = workspace();
    w.job([[...stream('a', 2), ...stream('b', 1)]]);
    expect((await w.run('stats')).stdout).toContain('nothing yet');
    await w.run('run', '-q');
    await w.run('run', '-q');
    expect(dataOf(await w.run('stats', '--json'))).toMatchObject({
      from: 'runner',
      rows: [
        {
          stream: 'a',
          runs: 2,
          records: 4,
          committed: 4,
          rejected: 0,
          last_complete_at: expect.stringMatching(/Z$/),
        },
        { stream: 'b', runs: 2, records: 2 },
      ],
    });
    expect(dataOf(await w.run('cursors', '--json'))).toMatchObject({
      rows: [{ stream: 'a', partition: null, state: expect.stringContaining('at') }, { stream: 'b' }],
    });
    const manifest = await w.run('manifest', '--json');
    expect([manifest.exitCode, manifest.json.errors]).toMatchObject([
      2,
      [{ code: 'destination.no_verb', hint: 'headrace stats j shows what was delivered to it' }],
    ]);
  });
});
