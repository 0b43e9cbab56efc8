import { describe, expect, it } from 'vitest';
import type { Page } from '../../protocol/page.ts';
import type { Cursor } from '../cursor.ts';
import { Choices, pageOf, repeated, run } from './drive.test-support.ts';
import { type HeadsFrom, heads } from './heads.ts';
import { openSet } from './open-set.ts';
import type { OpenRange } from './open-set-options.ts';
import { type Owed, owed } from './owed.ts';
import { resumable, type TokenFrom } from './resumable.ts';

/** Five things, of which some can be listed and not read. */
const ALL = [1, 2, 3, 4, 5];
let locked = new Set<number>();

function pageWith(ids: readonly number[], row: (id: number) => object, next?: string): Page {
  const page = pageOf(
    ids.filter((id) => !locked.has(id)).map((id) => row(id)),
    next,
  );
  page.unreadable = ids.filter((id) => locked.has(id)).map((id) => keyOf(id, row));
  return page;
}

const keyOf = (id: number, row: (id: number) => object): string =>
  String((row(id) as { hash?: string }).hash ?? id);

interface Kind {
  // biome-ignore lint/suspicious/noExplicitAny: each kind has a `from` of its own
  readonly cursor: Cursor<any>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly read: (from: any) => AsyncIterable<Page>;
  /** What it was told to send. */
  readonly saved?: string;
  /** Rows that come again: what stands behind the one that could not be read. */
  readonly repeats?: boolean;
}

const build = (id: number): object => ({ id, number: id });
const commit = (id: number): object => ({ hash: `c${id}`, parents: id > 1 ? [`c${id - 1}`] : [] });

const kinds: Record<string, Kind> = {
  'an open set': {
    cursor: openSet({ key: 'id', order: 'number', direction: 'ascending', isOpen: () => false }),
    async *read({ again, since = 0, gone }: OpenRange) {
      const ids = again.map(Number);
      for (const id of ids) if (!ALL.includes(id)) gone(String(id));
      yield pageWith(
        ids.filter((id) => ALL.includes(id)),
        build,
      );
      for (const id of ALL) if (id >= since) yield pageWith([id], build);
    },
  },
  'a full refresh': {
    cursor: resumable(),
    async *read() {
      for (const id of ALL) yield pageWith([id], build);
    },
  },
  'a full refresh by token': {
    repeats: true,
    cursor: resumable({ token: 'next' }),
    async *read({ token }: TokenFrom) {
      for (const id of ALL) if (id > Number(token ?? 0)) yield pageWith([id], build, String(id));
    },
  },
  heads: {
    repeats: true,
    cursor: heads({
      hash: 'hash',
      parents: (page, row) => page.value(row, 'parents') as string[],
      current: async () => ['c5'],
    }),
    async *read({ include, exclude }: HeadsFrom) {
      const top = Math.max(0, ...include.map((hash) => Number(hash.slice(1))));
      const bottom = Math.max(0, ...exclude.map((hash) => Number(hash.slice(1))));
      for (const id of [...ALL].reverse()) if (id <= top && id > bottom) yield pageWith([id], commit);
    },
  },
  'what is owed': {
    saved: '{"owed":["1","2","3","4","5"]}',
    cursor: owed({ key: 'id' }),
    async *read({ ids }: Owed) {
      for (const id of ids) yield pageWith([Number(id)], build);
    },
  },
};

describe('a record that cannot be read is named by each run, and the others come', () => {
  it.each(Object.entries(kinds))('%s', async (_, { cursor, read, saved, repeats }) => {
    const rows = ALL.map((id) => JSON.stringify(cursor === kinds.heads!.cursor ? commit(id) : build(id)));
    const stored: string[] = [];
    let state = saved;
    const sync = async (): Promise<readonly string[]> => {
      const ran = await run({ cursor, saved: state, begin: 0, read, choices: new Choices([]) });
      stored.push(...ran.stored);
      state = ran.state;
      expect(ran.outcome).toBe(ran.unreadable.length > 0 ? 'failed' : 'done');
      return ran.unreadable;
    };
    locked = new Set([3]);
    for (let k = 0; k < 3; k++) {
      expect(await sync()).toEqual([keyOf(3, cursor === kinds.heads!.cursor ? commit : build)]);
      expect([...new Set(stored)].sort()).toEqual(rows.filter((_, i) => i !== 2).sort());
    }
    locked = new Set();
    expect(await sync()).toEqual([]);
    expect([...new Set(stored)].sort()).toEqual([...rows].sort());
    if (!repeats) expect(repeated(stored)).toEqual([]);
    const before = stored.length;
    expect(await sync()).toEqual([]);
    expect(stored).toHaveLength(before);
  });
});
