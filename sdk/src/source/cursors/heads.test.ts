import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../protocol/messages.ts';
import type { Scan } from '../cursor.ts';
import { pageOf } from './drive.test-support.ts';
import { type HeadsFrom, heads } from './heads.ts';

const warnings: string[] = [];
const open = async (current: string[], saved?: JsonObject): Promise<Scan<HeadsFrom>> =>
  heads({
    hash: 'hash',
    parents: (page, row) => page.value(row, 'parents') as string[],
    current: async () => current,
  }).open(saved && JSON.parse(JSON.stringify(saved)), {
    begin: async () => 0,
    warn: (text) => warnings.push(text),
  });

const commit = (hash: string, ...parents: string[]) => ({ hash, parents });
/** Brings some commits through a part and says which went out. */
function bring(scan: Scan<HeadsFrom>, part: number, ...commits: ReturnType<typeof commit>[]): string[] {
  const page = pageOf(commits);
  const fresh = scan.parts[part]!.fresh(page)!;
  scan.parts[part]!.advance(page);
  return commits.flatMap(({ hash }, row) => (fresh[row] ? [hash] : []));
}
const asks = (scan: Scan<HeadsFrom>, part = 0) => ({
  include: scan.parts[part]!.from.include,
  exclude: scan.parts[part]!.from.exclude,
});

describe('heads', () => {
  it('ask for everything first, then for what is new, and for nothing where nothing is', async () => {
    const first = await open(['c']);
    expect(asks(first)).toEqual({ include: ['c'], exclude: [] });
    expect(bring(first, 0, commit('c', 'b'), commit('b', 'a'), commit('a'))).toEqual(['c', 'b', 'a']);
    first.parts[0]!.finish();
    expect(first.state()).toEqual({ heads: ['c'] });
    expect((await open(['c'], first.state())).parts).toEqual([]);
    const next = await open(['d', 'c'], first.state());
    expect(asks(next)).toEqual({ include: ['d'], exclude: ['c'] });
  });

  it('go on at the frontier after a kill, beside what came since', async () => {
    const first = await open(['e']);
    bring(first, 0, commit('e', 'd', 'x'), commit('d', 'c'));
    const resumed = await open(['f'], first.state());
    expect(asks(resumed, 0)).toEqual({ include: ['x', 'c'], exclude: [] });
    expect(asks(resumed, 1)).toEqual({ include: ['f'], exclude: ['e'] });
    bring(resumed, 1, commit('f', 'e'));
    resumed.parts[1]!.finish();
    expect(resumed.state()).toMatchObject({
      heads: ['e', 'f'],
      walks: [{ frontier: ['x', 'c'], exclude: [] }],
    });
    resumed.parts[0]!.finish();
    expect(resumed.state()).toEqual({ heads: ['f'], older: ['e'] });
  });

  it('go on where a first walk was cut, and fail if it ends there again', async () => {
    const first = await open(['c', 'z']);
    const part = first.parts[0]!;
    bring(first, 0, commit('z'), commit('c', 'b', 'x'));
    expect(part.again!()).toBe(true);
    expect(asks(first)).toEqual({ include: ['b', 'x'], exclude: [] });
    bring(first, 0, commit('x'));
    expect(part.again!()).toBe(true);
    expect(() => part.again!()).toThrow(/ends before b/);
    expect(asks(await open(['c', 'z'], first.state()))).toEqual({ include: ['b'], exclude: [] });
    bring(first, 0, commit('b'));
    expect(part.again!()).toBe(false);
    // Below a bound, a parent that has not come may have come before.
    const next = await open(['d'], { heads: ['c'] });
    bring(next, 0, commit('d', 'x'));
    expect(next.parts[0]!.again!()).toBe(false);
  });

  it('drop a commit that stands twice in a page', async () => {
    expect(bring(await open(['b']), 0, commit('b', 'a'), commit('b', 'a'), commit('a'))).toEqual(['b', 'a']);
  });

  it('walk again from a head that was listed and is not known yet', async () => {
    const scan = await open(['new', 'kept'], { heads: ['kept'] });
    scan.parts[0]!.from.forget('new');
    scan.parts[0]!.finish();
    expect(scan.parts[0]!.leaves!()).toBe(true);
    expect(scan.state()).toEqual({ heads: ['kept'] });
    const next = await open(['new', 'kept'], scan.state());
    expect(asks(next)).toEqual({ include: ['new'], exclude: ['kept'] });
    next.parts[0]!.finish();
    expect(next.parts[0]!.leaves!()).toBe(false);
  });

  it('fall back on the heads of earlier scans where one is gone, and do not keep its name', async () => {
    const scan = await open(['n'], { heads: ['gone', 'kept'], older: ['old', 'gone too'] });
    const { from } = scan.parts[0]!;
    from.forget('gone');
    expect(asks(scan)).toEqual({ include: ['n'], exclude: ['kept', 'old', 'gone too'] });
    from.forget('gone too');
    expect(asks(scan)).toEqual({ include: ['n'], exclude: ['kept', 'old'] });
    scan.parts[0]!.finish();
    expect(scan.state()).toEqual({ heads: ['n'], older: ['kept', 'old'] });
  });

  it('leave bounds below the heads, so that a force push costs a share of what was sent', async () => {
    const name = (k: number): string => k.toString(16).padStart(40, '0');
    const first = await open([name(0)]);
    bring(first, 0, ...Array.from({ length: 600 }, (_, k) => commit(name(k), name(k + 1))));
    first.parts[0]!.finish();
    expect(first.state()).toEqual({ heads: [name(0)], older: [7, 63, 511].map(name) });
    const scan = await open(['new'], first.state());
    for (const gone of [name(0), name(7)]) scan.parts[0]!.from.forget(gone);
    expect(asks(scan)).toEqual({ include: ['new'], exclude: [name(63), name(511)] });
  });

  it('begin again at today’s heads where a commit to go on at is gone: another branch may hold what is below', async () => {
    // q is below f, f was thrown away with its branch; n, brought whole by a second walk, merged q.
    const saved = { heads: ['t', 'n'], walks: [{ frontier: ['f'], exclude: ['base'] }] };
    const scan = await open(['n'], saved);
    scan.parts[0]!.from.forget('f');
    expect(asks(scan)).toEqual({ include: ['n'], exclude: ['base'] });
    scan.parts[0]!.from.forget('n');
    expect(asks(scan)).toEqual({ include: [], exclude: ['base'] });
  });

  it('let new commits wait where many walks are unfinished, and say so', async () => {
    let state: JsonObject | undefined;
    for (let k = 0; k < 8; k++) state = (await open([`h${k}`], state)).state();
    warnings.length = 0;
    const scan = await open(['h8'], state);
    expect(scan.parts).toHaveLength(8);
    expect(warnings).toEqual([expect.stringContaining('next run')]);
    for (const part of scan.parts) part.finish();
    const next = await open(['h8'], scan.state());
    expect(asks(next).include).toEqual(['h8']);
    expect(asks(next).exclude).toEqual(['h0', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'h7']);
  });

  it('keep a state that is small, also for many branches and a long first read', async () => {
    const scan = await open(['m']);
    const name = (k: number): string => k.toString(16).padStart(40, '0123456789abcdef');
    for (let k = 0; k < 100_000; k += 1000) {
      const commits = Array.from({ length: 1000 }, (_, i) => commit(name(k + i), name(k + i + 1)));
      bring(scan, 0, ...commits);
    }
    expect(JSON.stringify(scan.state()).length).toBeLessThan(5000);
  });

  it('refuse a state that is another cursor’s', async () => {
    await expect(open(['a'], { heads: 'a' })).rejects.toThrow(/not a set of heads/);
  });
});
