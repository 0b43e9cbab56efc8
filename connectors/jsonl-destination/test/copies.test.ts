import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { analytics, Bench, type Ended, record, state, status } from './process.ts';
import { dataFiles, linesOfFile } from './stored.ts';

/** What becomes of a stream's copies from run to run: what is on the disk, and what the manifest counts on. */

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.remove());

const write = (asked: object, input: string, config: object = {}): Promise<Ended> => {
  const catalog = join(bench.root, 'catalog.json');
  const stream = { name: 'a', json_schema: {}, supported_sync_modes: ['full_refresh', 'incremental'] };
  const given = { stream, sync_mode: 'full_refresh', destination_sync_mode: 'append', ...asked };
  writeFileSync(catalog, JSON.stringify({ streams: [given] }));
  return bench.run(['write', '--catalog', catalog], input, { source: 's', envelope: 'none', ...config });
};

const records = (ids: readonly number[]): string => ids.map((id) => record('a', { id })).join('');
const broken = (ids: readonly number[], last = ''): string =>
  status('a', 'STARTED') + records(ids) + last + status('a', 'INCOMPLETE');
const whole = (ids: readonly number[], last: string): string =>
  status('a', 'STARTED') + records(ids) + last + status('a', 'COMPLETE');
/** States of our sources: in the middle of something, or of a copy that is whole. */
const [underWay, done] = [{ p: { at: 1 } }, {}].map(
  (partitions) =>
    `${JSON.stringify({ type: 'STATE', state: { type: 'STREAM', stream: { stream_descriptor: { name: 'a' }, stream_state: { version: 1, origin: 'x', partitions } } } })}\n`,
) as [string, string];

const idsIn = (files: readonly string[]): number[] =>
  files
    .flatMap((file) => linesOfFile(join(bench.path, file)))
    .map((line) => (JSON.parse(line) as { id: number }).id)
    .sort((a, b) => a - b);
const visible = (): number[] => idsIn(dataFiles(bench.path).filter((name) => !name.endsWith('.open')));
/** Of the files that the manifest calls complete. */
async function counted(): Promise<number[]> {
  const { stdout } = await bench.run(['manifest', '--json'], '', { source: 's' });
  const rows = JSON.parse(stdout) as Array<{ path: string; status: string }>;
  return idsIn(rows.filter((row) => row.status === 'complete').map(({ path }) => path));
}

describe('overwrite', () => {
  const overwrite = { destination_sync_mode: 'overwrite' };
  const error = '{"type":"TRACE","trace":{"type":"ERROR","emitted_at":1,"error":{"message":"boom"}}}\n';

  it('keeps the old where a source without statuses failed, and replaces it by an empty copy', async () => {
    await write(overwrite, records([1, 2]) + state('a', 1));
    expect((await write(overwrite, records([3]) + error)).code).toBe(1);
    expect(visible()).toEqual([1, 2]);
    expect((await write(overwrite, records([3, 4]))).code).toBe(0);
    expect(visible()).toEqual([3, 4]);
    // Complete, and never a record or a state.
    expect((await write(overwrite, whole([], ''))).code).toBe(0);
    expect(visible()).toEqual([]);
  });

  it('by what changed since a committed state is refused: the rest would be lost', async () => {
    const asked = { ...overwrite, sync_mode: 'incremental' };
    await write(asked, whole([1, 2], underWay));
    const [{ commit } = { commit: 0 }] = await bench.state({ source: 's' });
    const delta = analytics('state_commit', String(commit)) + whole([3], underWay);
    const refused = await write(asked, delta);
    expect([refused.code, visible()]).toEqual([1, [1, 2]]);
    expect(refused.stdout).toContain('only its changes would remain');
    // Read from nothing it is whole; and what broke off may go on from its state.
    expect((await write(asked, broken([3, 4], underWay))).code).toBe(1);
    const [{ commit: last } = { commit: 0 }] = await bench.state({ source: 's' });
    expect((await write(asked, analytics('state_commit', String(last)) + whole([5], underWay))).code).toBe(0);
    expect(visible()).toEqual([3, 4, 5]);
  });

  for (const old of [[], [1, 2]]) {
    it(`unfinished in the layout flat, refuses to append until it is given up, ${old.length} before it`, async () => {
      const flat = { layout: 'flat' };
      if (old.length > 0) await write(overwrite, whole(old, done), flat);
      await write(overwrite, broken([3], underWay), flat);
      const refused = await write({}, whole([4], done), flat);
      expect([refused.code, visible()]).toEqual([1, old]);
      expect(refused.stdout).toContain('an overwrite of a is unfinished');
      expect((await bench.run(['state', '--reset', '--streams', 'a'], '', { source: 's' })).code).toBe(0);
      expect(idsIn(dataFiles(bench.path))).toEqual(old);
      expect((await write({}, whole([4], done), flat)).code).toBe(0);
      expect(visible()).toEqual([...old, 4]);
    });
  }

  it('touches no growing file that the journal does not know', async () => {
    await write({}, whole([1], done));
    writeFileSync(join(bench.path, 's/a.jsonl'), '{"id":7}\n');
    const refused = await write({}, whole([2], done), { layout: 'flat' });
    expect([refused.code, visible()]).toEqual([1, [1, 7]]);
    expect(refused.stdout).toContain('s/a.jsonl exists, but the journal does not know it');
  });

  it('of a newer generation begins again in the layout flat, too', async () => {
    const flat = { layout: 'flat' };
    const generation = (n: number) => ({ ...overwrite, generation_id: n, minimum_generation_id: n });
    await write(generation(2), whole([1, 2], done), flat);
    await write(generation(3), broken([3, 4], underWay), flat);
    expect((await write(generation(4), whole([5], done), flat)).code).toBe(0);
    expect(idsIn(dataFiles(bench.path))).toEqual([5]);
  });
});

describe('a new generation', () => {
  it('replaces, although its first attempt left nothing', async () => {
    const generation = (n: number, minimum: number) => ({ generation_id: n, minimum_generation_id: minimum });
    await write(generation(1, 0), whole([1, 2], done));
    await write(generation(2, 2), broken([3]));
    // A keyless stream: two records that are alike came once each.
    await write(generation(2, 2), whole([3, 3], done));
    expect(visible()).toEqual([3, 3]);
  });

  for (const mode of ['append', 'append_dedup']) {
    it(`of an incremental stream grows on from run to run, ${mode}`, async () => {
      const asked = { sync_mode: 'incremental', destination_sync_mode: mode, primary_key: [['id']] };
      const keep = { ...asked, generation_id: 2, minimum_generation_id: 0 };
      await write({ ...asked, generation_id: 2, minimum_generation_id: 2 }, whole([1, 2], underWay));
      await write(keep, whole([2, 3], underWay));
      const twice = mode === 'append' ? [2] : [];
      expect(await counted()).toEqual([1, 2, ...twice, 3]);
      expect((await bench.run(['state', '--reset'], '', { source: 's' })).code).toBe(0);
      await write(keep, whole([4], underWay));
      expect(await counted()).toEqual([1, 2, ...twice, 3, 4]);
    });

    it(`of an incremental stream whose states are forgotten is counted on beside what follows, ${mode}`, async () => {
      const asked = { sync_mode: 'incremental', destination_sync_mode: mode, primary_key: [['id']] };
      await write({ ...asked, generation_id: 2, minimum_generation_id: 2 }, whole([1, 2], underWay));
      await bench.run(['state', '--reset'], '', { source: 's' });
      await write({ ...asked, generation_id: 2, minimum_generation_id: 0 }, whole([1, 2, 3], underWay));
      expect(await counted()).toEqual(mode === 'append' ? [1, 1, 2, 2, 3] : [1, 2, 3]);
    });
  }
});

it('a stream that becomes incremental grows on from its last complete copy', async () => {
  await write({}, whole([1, 2], done));
  await write({ sync_mode: 'incremental' }, whole([3], underWay));
  expect(await counted()).toEqual([1, 2, 3]);
});
