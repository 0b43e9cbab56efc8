import type { CatalogStream } from '@headrace/sdk/protocol';
import type { ConfigErrors } from '@headrace/sdk/spec';
import { describe, expect, test } from 'vitest';
import { narrowStreams, selectStreams } from './select-streams.ts';

const found: CatalogStream[] = [
  {
    name: 'issues',
    json_schema: {},
    supported_sync_modes: ['full_refresh', 'incremental'],
    default_cursor_field: ['updated'],
    source_defined_primary_key: [['id']],
  },
  { name: 'fields', json_schema: {}, supported_sync_modes: ['full_refresh'] },
  { name: 'issues', namespace: 'old', json_schema: {}, supported_sync_modes: ['full_refresh'] },
];
const modes = (selected: ReturnType<typeof selectStreams>) =>
  selected.map((one) => [one.stream.namespace, one.stream.name, one.sync_mode, one.destination_sync_mode]);

function mistakes(act: () => unknown): Array<[string | undefined, string, string | undefined]> {
  try {
    act();
  } catch (error) {
    return (error as ConfigErrors).errors.map(({ place, message, hint }) => [place, message, hint]);
  }
  throw new Error('nothing was found to be wrong');
}

describe('the streams of a job', () => {
  test('all, incremental where they can; overwrite only where the destination can', () => {
    expect(modes(selectStreams(found, undefined, ['append', 'overwrite']))).toEqual([
      [undefined, 'issues', 'incremental', 'append'],
      [undefined, 'fields', 'full_refresh', 'overwrite'],
      ['old', 'issues', 'full_refresh', 'overwrite'],
    ]);
    expect(modes(selectStreams(found, undefined, undefined)).map(([, , , mode]) => mode)).toEqual([
      'append',
      'append',
      'append',
    ]);
  });

  test('one that says no mode is read whole', () => {
    for (const supported_sync_modes of [[], null, undefined]) {
      const silent = { name: 's', json_schema: {}, supported_sync_modes } as unknown as CatalogStream;
      expect(modes(selectStreams([silent], undefined, undefined))).toEqual([
        [undefined, 's', 'full_refresh', 'append'],
      ]);
    }
  });

  test('cursor and key come from the catalog unless the job names them', () => {
    expect(selectStreams(found, [{ name: 'issues' }], ['append'])[0]).toMatchObject({
      cursor_field: ['updated'],
      primary_key: [['id']],
    });
    expect(
      selectStreams(found, [{ name: 'issues', cursor_field: ['created'] }], ['append'])[0],
    ).toMatchObject({ cursor_field: ['created'] });
  });

  test('a job may ask for other modes, if both ends can', () => {
    expect(
      modes(
        selectStreams(
          found,
          [{ name: 'issues', sync_mode: 'full_refresh', destination_sync_mode: 'append' }],
          ['append', 'overwrite'],
        ),
      ),
    ).toEqual([
      [undefined, 'issues', 'full_refresh', 'append'],
      ['old', 'issues', 'full_refresh', 'append'],
    ]);
    expect(
      mistakes(() =>
        selectStreams(
          found,
          [{ name: 'fields', sync_mode: 'incremental', destination_sync_mode: 'append_dedup' }],
          ['append'],
        ),
      ),
    ).toEqual([
      ['source.streams[0].sync_mode', 'fields cannot be read incremental', 'it supports full_refresh'],
      [
        'source.streams[0].destination_sync_mode',
        'the destination cannot append_dedup',
        'it supports append',
      ],
    ]);
  });

  test('a name means the stream in every namespace, a namespace the one', () => {
    const names = (choices: Parameters<typeof selectStreams>[1]) =>
      modes(selectStreams(found, choices, ['append', 'overwrite'])).map(([namespace, , , mode]) => [
        namespace,
        mode,
      ]);
    expect(names([{ name: 'issues' }])).toEqual([
      [undefined, 'append'],
      ['old', 'overwrite'],
    ]);
    expect(names([{ name: 'issues', namespace: 'old' }])).toEqual([['old', 'overwrite']]);
    expect(names([{ name: 'issues', namespace: '' }])).toEqual([[undefined, 'append']]);
    const old = { name: 'issues', namespace: 'old', destination_sync_mode: 'append' as const };
    for (const both of [
      [{ name: 'issues' }, old],
      [old, { name: 'issues' }],
    ])
      expect(names(both)).toEqual([
        [undefined, 'append'],
        ['old', 'append'],
      ]);
    expect(mistakes(() => selectStreams(found, [{ name: 'issues', namespace: 'new' }], ['append']))).toEqual([
      [
        'source.streams[0].namespace',
        'there is no stream issues in the namespace new',
        'it is in: none, old; without a namespace all of them are read',
      ],
    ]);
  });

  test('every stream that is not there is named, with what was probably meant', () => {
    expect(
      mistakes(() =>
        selectStreams(
          found,
          [{ name: 'isues' }, { name: 'fields' }, { name: 'nothing like it' }],
          ['append'],
        ),
      ),
    ).toEqual([
      ['source.streams[0]', 'there is no stream isues', 'did you mean issues?'],
      ['source.streams[2]', 'there is no stream nothing like it', 'there are: issues, fields'],
    ]);
    expect(mistakes(() => narrowStreams([{ name: 'issues' }], ['isues']))).toEqual([
      ['--streams', 'there is no stream isues', 'did you mean issues?'],
    ]);
    expect(mistakes(() => selectStreams([], undefined, ['append']))[0]?.[1]).toBe(
      'the source shows no streams',
    );
  });

  test('20,000 names that are not there take no time, and no more of them are told than anybody reads', () => {
    const many = Array.from({ length: 20_000 }, (_, k) => ({
      name: `stream_${k}`,
      json_schema: {},
      supported_sync_modes: ['full_refresh' as const],
    }));
    const wrong = many.map(({ name }) => ({ name: `${name}_of_long_ago` }));
    const before = process.cpuUsage();
    const told = mistakes(() => selectStreams(many, wrong, ['append']));
    expect(told).toHaveLength(21);
    expect(told.at(-1)).toEqual(['source.streams[20]', '19980 more streams are not there', undefined]);
    expect(told[0]?.[2]?.length).toBeLessThan(500);
    expect(
      selectStreams(
        many,
        many.map(({ name }) => ({ name })),
        ['append'],
      ),
    ).toHaveLength(20_000);
    // Compared each with each they take minutes.
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(5000);
  });
});
