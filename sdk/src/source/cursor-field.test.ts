import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { catalogStream, streamsOf } from './catalog.ts';
import { census } from './cursors/census.ts';
import { changedOnly } from './cursors/changed-only.ts';
import { resumable } from './cursors/resumable.ts';
import { timeWindow } from './cursors/time-window.ts';
import { defineStream, type Partition, type Stream } from './define.ts';
import { defineSource } from './define-source.ts';
import { rows, run } from './read.test-support.ts';

const described = { name: 'things', description: 'test', schema: { properties: {} }, primaryKey: ['id'] };
const read = async function* () {};
const window = { key: 'id', value: 'updated', safetyMinutes: 5 };
const define = defineStream<object>();

function start(stream: Stream<object>): Promise<unknown> {
  const source = defineSource({
    name: 'a',
    vendor: 'a',
    config: z.object({}),
    origin: () => 'a.example',
    open: () => ({}),
    check: async () => {},
    streams: [stream],
  });
  return streamsOf(source, {});
}

describe('a stream has a cursor and is declared incremental, or neither', () => {
  it('is not told anything else by the types', () => {
    define({ ...described, cursorField: 'updated', cursor: () => timeWindow(window), read });
    define({ ...described, incremental: true, cursor: () => changedOnly({ key: 'id' }), read });
    define({ ...described, read });
    define({ ...described, cursor: () => resumable({ token: 'next' }), read });
    // @ts-expect-error a cursor needs a declaration
    define({ ...described, cursor: () => census(), read });
    expect(() =>
      // @ts-expect-error a cursorField needs a cursor
      define({ ...described, cursorField: 'updated', read }),
    ).toThrow(
      expect.objectContaining({ code: 'stream.cursor_field', message: expect.stringContaining('things') }),
    );
  });

  it.each([
    // @ts-expect-error see above
    ['a census without a field', define({ ...described, cursor: () => census(), read })],
    ['no cursor', { ...define({ ...described, read }), incremental: true }],
    ['a whole read with one', define({ ...described, cursorField: 'id', cursor: () => resumable(), read })],
  ])('is refused before anything is read: %s', async (_, stream) => {
    await expect(start(stream as Stream<object>)).rejects.toMatchObject({ code: 'stream.cursor_field' });
  });

  it('is refused when its partitions are known, if its cursor goes by them', async () => {
    interface Board extends Partition {
      readonly board: { readonly minutes: number };
    }
    // @ts-expect-error see above
    const stream = define({
      ...described,
      partitions: async (): Promise<Board[]> => [{ key: 'a', board: { minutes: 5 } }],
      cursor: (_: object, { board }: Board) => timeWindow({ ...window, safetyMinutes: board.minutes }),
      read,
    }) as Stream<object>;
    await expect(start(stream)).resolves.toEqual([stream]);
    const { outcomes } = await run([stream]);
    expect(outcomes[0]!.errors).toMatchObject([{ code: 'stream.cursor_field' }]);
  });

  it('may be incremental without a column that shows it', async () => {
    const brought = async function* () {
      yield rows(1, 2);
    };
    const cursor = () => changedOnly({ key: 'id' });
    const stream = define({ ...described, record: { id: 'id' }, incremental: true, cursor, read: brought });
    await expect(start(stream)).resolves.toEqual([stream]);
    const entry = catalogStream(stream);
    expect(entry).toMatchObject({
      supported_sync_modes: ['full_refresh', 'incremental'],
      source_defined_cursor: true,
    });
    expect(entry).not.toHaveProperty('default_cursor_field');
    const first = await run([stream]);
    const states = new Map([['things', first.states.get('things')!]]);
    expect([first, await run([stream], { states })].map(({ outcomes }) => outcomes[0])).toMatchObject([
      { records: 2, complete: true },
      { records: 0, complete: true },
    ]);
  });

  it('may be resumed by token', async () => {
    const stream = define({ ...described, cursor: () => resumable({ token: 'next' }), read });
    await expect(start(stream)).resolves.toEqual([stream]);
  });
});
