import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type ConfigErrors, formatError } from '../errors.ts';
import { discoveredCatalog, parseConfiguredCatalog } from './catalog.ts';

const issues = {
  stream: {
    name: 'issues',
    json_schema: { type: 'object' },
    supported_sync_modes: ['full_refresh', 'incremental'],
  },
  sync_mode: 'incremental',
  destination_sync_mode: 'append',
};

async function mistakes(value: unknown): Promise<string[]> {
  const error = await parseConfiguredCatalog(value, '--catalog').then(
    () => undefined,
    (thrown: unknown) => thrown as ConfigErrors,
  );
  return error === undefined ? [] : error.errors.map((one) => `${one.code} ${one.place}`);
}

test('every field of a configured stream is read', async () => {
  const catalog = await parseConfiguredCatalog(
    {
      streams: [
        {
          ...issues,
          stream: { ...issues.stream, namespace: 'acme' },
          cursor_field: ['fields', 'updated'],
          primary_key: [['id']],
          destination_sync_mode: 'append_dedup',
          generation_id: 3,
          minimum_generation_id: 3,
          sync_id: 12,
        },
      ],
    },
    '--catalog',
  );
  expect(catalog.streams).toStrictEqual([
    {
      name: 'issues',
      namespace: 'acme',
      jsonSchema: { type: 'object' },
      syncMode: 'incremental',
      destinationSyncMode: 'append_dedup',
      cursorField: ['fields', 'updated'],
      primaryKey: [['id']],
      generationId: 3,
      minimumGenerationId: 3,
      syncId: 12,
    },
  ]);
});

test('unknown keys are left alone, nulls and missing keys are nothing (checklist 43, 57, 61)', async () => {
  const nothing = {
    cursor_field: null,
    primary_key: null,
    generation_id: null,
    minimum_generation_id: null,
    sync_id: null,
    destination_object_name: null,
    include_files: null,
  };
  const catalog = await parseConfiguredCatalog(
    {
      backfilled: null,
      streams: [
        { ...issues, ...nothing, fields: null, includesFiles: true },
        {
          ...nothing,
          stream: { name: 'users', namespace: null, json_schema: null, is_resumable: null, odd: [1] },
          sync_mode: null,
          destination_sync_mode: null,
        },
        {
          stream: {
            name: 'users',
            namespace: 'other',
            default_cursor_field: ['at'],
            source_defined_primary_key: [['id']],
          },
          cursor_field: [],
          primary_key: [],
        },
      ],
    },
    '--catalog',
  );
  const blank = {
    namespace: undefined,
    cursorField: undefined,
    primaryKey: undefined,
    generationId: undefined,
    minimumGenerationId: undefined,
    syncId: undefined,
    destinationSyncMode: 'append',
  };
  expect(catalog.streams).toStrictEqual([
    { ...blank, name: 'issues', jsonSchema: { type: 'object' }, syncMode: 'incremental' },
    { ...blank, name: 'users', jsonSchema: {}, syncMode: 'full_refresh' },
    {
      ...blank,
      name: 'users',
      namespace: 'other',
      jsonSchema: {},
      syncMode: 'full_refresh',
      cursorField: ['at'],
      primaryKey: [['id']],
    },
  ]);
});

test('what discover prints is configured as a read without a catalog reads it', async () => {
  const streams = [
    issues.stream,
    { name: 'labels', json_schema: {}, supported_sync_modes: ['full_refresh'] },
  ];
  const message = { type: 'CATALOG', catalog: { streams } };
  const output = `{"type":"LOG","log":{"level":"INFO","message":"a \\"CATALOG\\" comes"}}\n${JSON.stringify(message)}\n`;
  for (const given of [message, { streams }, discoveredCatalog(output)]) {
    const catalog = await parseConfiguredCatalog(given, '--catalog');
    expect(catalog.streams.map(({ name, syncMode }) => [name, syncMode])).toEqual([
      ['issues', 'incremental'],
      ['labels', 'full_refresh'],
    ]);
  }
  for (const none of ['{"streams":[]}', '{\n"type": "CATALOG"\n}', ''])
    expect(discoveredCatalog(none)).toBeUndefined();
});

test('a schema is passed on as it was given, its nulls included', async () => {
  const jsonSchema = { properties: { a: { default: null, enum: ['x', null] } } };
  const { streams } = await parseConfiguredCatalog(
    { streams: [{ ...issues, stream: { ...issues.stream, json_schema: jsonSchema } }] },
    '--catalog',
  );
  expect(streams[0]!.jsonSchema).toStrictEqual(jsonSchema);
});

test('all mistakes are told at once, with their places', async () => {
  expect(await mistakes(null)).toStrictEqual(['catalog.wrong_type --catalog']);
  expect(await mistakes({})).toStrictEqual(['catalog.field_required --catalog.streams']);
  expect(await mistakes({ streams: {} })).toStrictEqual(['catalog.wrong_type --catalog.streams']);
  expect(
    await mistakes({
      streams: [
        7,
        { sync_mode: 'sometimes' },
        { ...issues, stream: { name: 5, supported_sync_modes: [] }, generation_id: '1', primary_key: ['id'] },
      ],
    }),
  ).toStrictEqual([
    'catalog.wrong_type --catalog.streams[0]',
    'catalog.field_required --catalog.streams[1].stream',
    'catalog.not_allowed --catalog.streams[1].sync_mode',
    'catalog.wrong_type --catalog.streams[2].stream.name',
    'catalog.minItems --catalog.streams[2].stream.supported_sync_modes',
    'catalog.wrong_type --catalog.streams[2].primary_key[0]',
    'catalog.wrong_type --catalog.streams[2].generation_id',
  ]);
});

test('a stream stands once; the same name in another namespace is another stream', async () => {
  const other = { ...issues, stream: { ...issues.stream, namespace: 'b' } };
  expect(await mistakes({ streams: [issues, other, { ...issues }] })).toStrictEqual([
    'catalog.repeated_stream --catalog.streams[2]',
  ]);
});

test('a minimum generation is 0 or the current one (checklist 60)', async () => {
  const generation = (generation_id: unknown, minimum_generation_id: unknown) =>
    mistakes({ streams: [{ ...issues, generation_id, minimum_generation_id }] });
  expect(await generation(4, 0)).toStrictEqual([]);
  expect(await generation(4, 4)).toStrictEqual([]);
  expect(await generation(4, null)).toStrictEqual([]);
  const wrong = ['catalog.unsupported_generation --catalog.streams[0].minimum_generation_id'];
  expect(await generation(4, 2)).toStrictEqual(wrong);
  expect(await generation(null, 2)).toStrictEqual(wrong);
});

test('errors read as sentences', async () => {
  const error = await parseConfiguredCatalog({ streams: [{ ...issues, stream: {} }] }, '--catalog').catch(
    (thrown) => thrown,
  );
  expect(formatError(error)).toBe(
    '✗ catalog.field_required  --catalog.streams[0].stream.name\n    --catalog.streams[0].stream.name is required',
  );
  expect(error.failureType).toBe('config_error');
});

test('ajv is not loaded with the module, only with the first catalog', () => {
  const script = `
    import { registerHooks } from 'node:module';
    let loaded = false;
    registerHooks({ resolve(name, context, next) { if (name === 'ajv') loaded = true; return next(name, context); } });
    const { parseConfiguredCatalog } = await import('./catalog.ts');
    const before = loaded;
    await parseConfiguredCatalog({ streams: [] }, 'x');
    process.stdout.write(JSON.stringify([before, loaded]));`;
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd,
    encoding: 'utf8',
  });
  expect(JSON.parse(out)).toStrictEqual([false, true]);
});

test('the schema in the code and in specs/ is what the source says', () => {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  execFileSync(process.execPath, ['scripts/protocol-schema.ts', '--check'], { cwd: root });
});
