import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { connector, stream, workspace } from './workspace.ts';

const tap = `singer://${connector('tap')}`;
const target = `singer://${connector('target')}`;

const CATALOG = {
  streams: [
    {
      tap_stream_id: 'db-users',
      stream: 'users',
      schema: { type: 'object', properties: { id: { type: 'integer' } } },
      metadata: [
        { breadcrumb: [], metadata: { 'table-key-properties': ['id'], 'valid-replication-keys': ['at'] } },
        {
          breadcrumb: ['properties', 'id'],
          metadata: { inclusion: 'available', 'selected-by-default': false },
        },
        { breadcrumb: ['properties', 'blob'], metadata: { inclusion: 'unsupported' } },
      ],
      extra: 12345678901234567890n,
    },
    { tap_stream_id: 'logs', schema: {}, key_properties: ['n'], metadata: [] },
    { tap_stream_id: 'other', schema: {} },
  ],
};
/** JSON with whole numbers of any size. */
const json = (value: unknown) =>
  JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? `#${item}#` : item)).replace(
    /"#(\d+)#"/g,
    '$1',
  );
const record = (name: string, data: string) =>
  `{"type":"RECORD","stream":"${name}","record":${data},"time_extracted":"2026-01-02T03:04:05Z"}`;
const LINES = [
  'a banner that is no message',
  '{"type":"SCHEMA","stream":"users","schema":{},"key_properties":["id"]}',
  record('db-users', '{"id":9007199254740993,"f":1.10}'),
  record('users', '{"id":2}'),
  '{"type":"STATE","value":{"bookmarks":{"db-users":{"at":9007199254740993},"logs":{"at":5}}}}',
  '{"type":"ACTIVATE_VERSION","stream":"logs","version":1}',
  record('logs', '{"n":1}'),
];

function tapJob(
  w: ReturnType<typeof workspace>,
  over: { config?: object; to?: string; destination?: object } = {},
) {
  const job = {
    source: {
      connector: tap,
      config: { token: 'a-secret-token', notes: 'notes', lines: LINES, catalog: CATALOG, ...over.config },
      streams: ['users', 'logs'],
    },
    destination: {
      connector: connector(over.to ?? 'destination'),
      config: { out: w.path('out'), ...over.destination },
    },
    retries: 0,
  };
  w.write('headrace.yaml', json({ tenant: 'acme', jobs: { j: job } }));
}

describe('a Singer tap', () => {
  test('its streams are discovered with keys, cursors and modes', async () => {
    const w = workspace();
    tapJob(w);
    const { data } = (await w.run('discover', '--json')).json as never as {
      data: { jobs: [{ streams: unknown[] }] };
    };
    expect(data.jobs[0].streams).toEqual([
      {
        name: 'users',
        json_schema: { type: 'object', properties: { id: { type: 'integer' } } },
        supported_sync_modes: ['full_refresh', 'incremental'],
        default_cursor_field: ['at'],
        source_defined_primary_key: [['id']],
        selected: true,
      },
      {
        name: 'logs',
        json_schema: {},
        supported_sync_modes: ['full_refresh'],
        source_defined_primary_key: [['n']],
        selected: true,
      },
      { name: 'other', json_schema: {}, supported_sync_modes: ['full_refresh'], selected: false },
    ]);
  });

  test('records and states arrive byte for byte, what follows the last state too; the next run continues', async () => {
    const w = workspace();
    tapJob(w);
    const ran = await w.run('run', '--json');
    expect(ran.json.errors).toEqual([]);
    expect(ran.json.data.runs[0]?.streams).toMatchObject([
      { name: 'users', records: 2, committed: 2, complete: true },
      { name: 'logs', records: 1, committed: 1, complete: true },
    ]);
    const input = readFileSync(w.path('out.input'), 'utf8');
    expect(input).toContain('"data":{"id":9007199254740993,"f":1.10}}}');
    expect(input).toContain(`"emitted_at":${Date.parse('2026-01-02T03:04:05Z')},`);
    expect(input).toContain(
      '"shared_state":{"bookmarks":{"db-users":{"at":9007199254740993},"logs":{"at":5}}}',
    );
    const [{ catalog, state } = {}] = w.lines('notes') as Array<Record<string, never>>;
    expect(state).toBeUndefined();
    expect(readFileSync(w.path('notes'), 'utf8')).toContain('"extra":12345678901234567000');
    expect(catalog).toMatchObject({
      streams: [
        {
          tap_stream_id: 'db-users',
          selected: true,
          schema: { selected: true },
          replication_method: 'INCREMENTAL',
          metadata: [
            {
              breadcrumb: [],
              metadata: { selected: true, 'replication-method': 'INCREMENTAL', 'replication-key': 'at' },
            },
            { metadata: { selected: true } },
            { metadata: { inclusion: 'unsupported' } },
          ],
        },
        { selected: true, metadata: [{ metadata: { selected: true, 'replication-method': 'FULL_TABLE' } }] },
        { selected: false, metadata: [{ metadata: { selected: false } }] },
      ],
    });
    await w.run('run', '-q');
    // A stream that is read whole starts at its beginning; the digits of the other bookmark are kept.
    expect((w.lines('notes')[1] as { state: string }).state).toBe(
      '{"bookmarks":{"db-users":{"at":9007199254740993}}}',
    );
    expect(input).not.toContain('a-secret-token');
  });

  test('a tap that fails is not complete; what it sent behind its last state is not committed', async () => {
    const w = workspace();
    tapJob(w, { config: { exit: 1 } });
    const ran = await w.run('run', '--json');
    expect(ran.exitCode).toBe(1);
    expect(ran.json.data.runs[0]?.streams).toMatchObject([
      { name: 'users', committed: 2, complete: false },
      { name: 'logs', committed: 0, complete: false },
    ]);
    expect(ran.json.errors).toMatchObject([
      { code: 'connector.crashed', hint: expect.stringContaining('INFO done') },
    ]);
  });

  test.each([
    ['{"type":"RECORD","stream":"users","record":{"id":NaN}}', 'pipe.unreadable_line'],
    [record('surprise', '{}'), 'stream'],
    ['{"type":"BATCH","stream":"users","encoding":{},"manifest":[]}', 'singer.batch'],
  ])('%s is told, and the run is not complete', async (line, code) => {
    const w = workspace();
    tapJob(w, { config: { lines: [line] } });
    const ran = await w.run('run', '--json');
    expect(ran.exitCode).not.toBe(0);
    expect(ran.json.errors.map((error) => error.code)).toContainEqual(expect.stringContaining(code));
  });

  test('a tap without discovery, and a target in the place of a tap, are mistakes with a hint', async () => {
    const w = workspace();
    tapJob(w, { config: { catalog: 'syncing right away' } });
    expect((await w.run('discover', '--json')).json.errors).toMatchObject([{ code: 'singer.no_catalog' }]);
    w.write(
      'headrace.yaml',
      json({
        jobs: { j: { source: { connector: 'singer://no-such-tap' }, destination: { connector: 'x' } } },
      }),
    );
    expect((await w.run('discover', '--json')).json.errors).toMatchObject([
      { code: 'connector.not_found', message: 'there is no connector no-such-tap' },
    ]);
  });
});

describe('a Singer target', () => {
  const job = (w: ReturnType<typeof workspace>, config: object, dedup = false) => {
    w.job([[...stream('a', 2), ...stream('b', 1)]], {
      source: {
        streams: [
          { name: 'a', source_defined_primary_key: [['id']], json_schema: { properties: { id: {} } } },
          { name: 'b' },
        ],
      },
      job: {
        ...(dedup ? {} : {}),
        destination: { connector: target, config: { out: w.path('out'), ...config } },
      },
    });
    if (!dedup) return;
    const file = JSON.parse(readFileSync(w.path('headrace.yaml'), 'utf8'));
    file.jobs.j.source.streams = [{ name: 'a', destination_sync_mode: 'append_dedup' }, 'b'];
    w.write('headrace.yaml', JSON.stringify(file));
  };

  test.each(['each', 'last', 'never'])(
    'gets schemas, records and states; states are kept when it prints them (%s)',
    async (states) => {
      const w = workspace();
      job(w, { states }, true);
      const ran = await w.run('run', '--json');
      expect(ran.json.errors).toEqual([]);
      expect(ran.json.data.runs[0]?.streams).toMatchObject([
        { records: 2, committed: 2, complete: true },
        { records: 1, committed: 1, complete: true },
      ]);
      expect(w.lines('out')).toMatchObject([
        {
          type: 'SCHEMA',
          stream: 'a',
          schema: { type: 'object', properties: { id: {} } },
          key_properties: ['id'],
        },
        { type: 'SCHEMA', stream: 'b', key_properties: [] },
        { type: 'RECORD', stream: 'a', record: { id: 0 }, time_extracted: '1970-01-01T00:00:00.001Z' },
        { type: 'RECORD', stream: 'a' },
        { type: 'STATE', value: { headrace: { state: 1 } } },
        { type: 'RECORD', stream: 'b' },
        { type: 'STATE' },
      ]);
      expect((await w.run('state', 'show', '--raw')).stdout).toContain('"stream_state":{"at":');
    },
  );

  test('that dies leaves the states that it printed, and no others', async () => {
    const w = workspace();
    job(w, { states: 'each', dieAfter: 3 });
    const ran = await w.run('run', '--json');
    expect(ran.json.data.runs[0]?.streams).toMatchObject([
      { name: 'a', committed: 2 },
      { name: 'b', committed: 0, complete: false },
    ]);
    expect(JSON.parse((await w.run('state', 'show', '--raw')).stdout)).toHaveLength(1);
    const never = workspace();
    job(never, { states: 'never', exit: 1 });
    expect((await never.run('run', '--json')).exitCode).toBe(2);
    expect((await never.run('state', 'show', '--raw')).stdout).toBe('[]\n');
  });

  test('is checked by starting it; overwrite is refused', async () => {
    const w = workspace();
    job(w, { check: 'ValueError: no host' });
    const ran = await w.run('check');
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('ValueError: no host');
    const file = JSON.parse(readFileSync(w.path('headrace.yaml'), 'utf8'));
    file.jobs.j.source.streams = [{ name: 'a', destination_sync_mode: 'overwrite' }];
    w.write('headrace.yaml', JSON.stringify(file));
    expect((await w.run('check', '--json')).json.errors).toMatchObject([{ code: 'streams.mode' }]);
  });
});
