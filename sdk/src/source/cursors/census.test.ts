import { describe, expect, it } from 'vitest';
import { ShortListError } from '../../http/index.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import { type CensusCalls, census } from './census.ts';
import { pageOf, rowText } from './drive.test-support.ts';

const warnings: string[] = [];

/** One whole census; what it reports and its state. */
async function take(ids: readonly string[], calls: Partial<CensusCalls> = {}, saved?: JsonObject) {
  warnings.length = 0;
  const cursor = census();
  const scan = await cursor.open(saved, { begin: async () => 0, warn: (text) => warnings.push(text) });
  const [part] = scan.parts;
  const reported: unknown[] = [];
  const pages = part!.from.take({
    list: async function* () {
      yield ids;
    },
    ask: async (missing) => new Map(missing.map((id) => [id, 'deleted'])),
    page: (changes) => pageOf(changes),
    ...calls,
  });
  for await (const page of pages) {
    for (let row = 0; row < page.count; row++) reported.push(JSON.parse(rowText(page, row)));
    part!.advance(page);
  }
  part!.finish();
  return {
    reported,
    state: JSON.parse(JSON.stringify(scan.state())) as JsonObject,
    known: part!.from.known,
    isWhole: part!.from.isWhole(),
  };
}

describe('a census', () => {
  it('reports nothing the first time', async () => {
    const { reported, known, isWhole } = await take(['1', '2']);
    expect([reported, known, isWhole]).toEqual([[], 0, true]);
    expect((await take(['1'], { count: async () => 2 })).isWhole).toBe(false);
  });

  it('reports nothing as gone where its list falls short of its total, and fails with that once all is known', async () => {
    const first = await take(['1', '2']);
    const error = new ShortListError('GET /things', 1, 2);
    const cursor = census();
    const scan = await cursor.open(first.state, {
      begin: async () => 0,
      warn: (text) => warnings.push(text),
    });
    const pages = scan.parts[0]!.from.take({
      list: async function* () {
        yield ['3'];
        throw error;
      },
      ask: async () => new Map([['1', 'deleted']]),
      page: (changes) => pageOf(changes),
    });
    await expect(pages[Symbol.asyncIterator]().next()).rejects.toBe(error);
    scan.parts[0]!.finish();
    const { known } = scan.state();
    expect((await take(['1', '2', '3'], {}, { known } as JsonObject)).known).toBe(3);
  });

  it('asks again for what is hidden, and tells when it is deleted or back', async () => {
    const first = await take(['1', '2', '3']);
    const hide: Partial<CensusCalls> = { ask: async (ids) => new Map(ids.map((id) => [id, 'not_visible'])) };
    const second = await take(['1'], hide, first.state);
    expect(second.reported).toEqual([
      { id: '2', reason: 'not_visible' },
      { id: '3', reason: 'not_visible' },
    ]);
    expect((await take(['1'], hide, second.state)).reported).toEqual([]);
    const third = await take(['1', '2'], {}, second.state);
    expect(third.reported).toEqual([
      { id: '2', reason: 'visible_again' },
      { id: '3', reason: 'deleted' },
    ]);
    expect((await take(['1', '2'], {}, third.state)).reported).toEqual([]);
  });

  it('tells of what was hidden and is visible in another partition, and knows how it knew an id', async () => {
    const first = await take(['1', '2']);
    const hide: Partial<CensusCalls> = { ask: async (ids) => new Map(ids.map((id) => [id, 'not_visible'])) };
    const second = await take(['1'], hide, first.state);
    const scan = await census().open(second.state, { begin: async () => 0, warn: () => {} });
    expect(['1', '2', '3'].map(scan.parts[0]!.from.knownAs)).toEqual(['visible', 'hidden', undefined]);
    const moved: Partial<CensusCalls> = { ask: async (ids) => new Map(ids.map((id) => [id, 'moved'])) };
    const third = await take(['1'], moved, second.state);
    expect(third.reported).toEqual([{ id: '2', reason: 'visible_again' }]);
    expect((await take(['1'], moved, third.state)).reported).toEqual([]);
  });

  it('is interrupted without forgetting what it reported', async () => {
    const saved = { hidden: (await take(['1', '2'])).state.known } as JsonObject;
    const scan = await census().open(saved, { begin: async () => 0, warn: () => {} });
    const pages = scan.parts[0]!.from.take({
      batch: 1,
      list: async function* () {
        yield ['1'];
      },
      ask: async (ids) => new Map(ids.map((id) => [id, 'deleted'])),
      page: (changes) => pageOf(changes),
    });
    const first = await pages[Symbol.asyncIterator]().next();
    // The page is fetched, not written: nothing is reported yet.
    expect(scan.state()).toEqual({ known: {}, hidden: saved.hidden });
    scan.parts[0]!.advance(first.value);
    const { known, hidden } = scan.state();
    expect([known, hidden]).toEqual([(await take(['1'])).state.known, (await take(['2'])).state.known]);
  });

  it('keeps what nobody could tell about, and says so', async () => {
    const first = await take(['1', '2']);
    const second = await take(['1'], { ask: async () => new Map() }, first.state);
    expect(second.reported).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('1 ids')]);
    expect((await take(['1'], {}, second.state)).reported).toEqual([{ id: '2', reason: 'deleted' }]);
  });

  it('counts before and after the list: what came meanwhile makes it no shorter', async () => {
    const first = await take(['1', '2']);
    const counts = [1, 5];
    const { reported } = await take(['1'], { count: async () => counts.shift() }, first.state);
    expect(reported).toEqual([{ id: '2', reason: 'deleted' }]);
  });

  it('fails if its list is much shorter than its counts, and goes on from what it knew', async () => {
    const ids = Array.from({ length: 100 }, (_, id) => String(id));
    const first = await take(ids);
    const count = async (): Promise<number> => 99;
    const cut = take(ids.slice(0, 78), { count }, first.state);
    await expect(cut).rejects.toMatchObject({
      code: 'cursor.short',
      message: expect.stringMatching(/78 .* 99/),
    });
    expect((await take(ids.slice(0, 79), { count }, first.state)).reported).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('79 ids are listed, but 99 are counted')]);
    expect((await take(ids.slice(1), { count }, first.state)).reported).toEqual([
      { id: '0', reason: 'deleted' },
    ]);
  });

  it('of 200,000 issues is a state of at most 0.35 MB, and quick', async () => {
    const ids = Array.from({ length: 200_000 }, (_, k) => String(10_000 + 7 * k + (k % 5)));
    const started = performance.now();
    const first = await take(ids);
    const second = await take(ids.slice(100), {}, first.state);
    console.log(
      `two censuses of 200,000: ${Math.round(performance.now() - started)} ms, ${JSON.stringify(first.state).length} bytes`,
    );
    expect(second.reported).toHaveLength(100);
    expect(JSON.stringify(first.state).length).toBeLessThan(350_000);
  });

  it('refuses a state that is another cursor’s', async () => {
    await expect(take([], {}, { known: 5 })).rejects.toThrow(/not a census/);
  });
});
