import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases, LONG } from '../../protocol/fuzz.test-support.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import type { Page } from '../../protocol/page.ts';
import { Selection } from '../../protocol/selection.ts';
import { Choices, choices, pageOf, run, tally } from './drive.test-support.ts';
import { resumable, type TokenFrom } from './resumable.ts';
import { SEEN_MOST } from './seen-most.ts';

const env = { begin: async () => 0, warn: () => {} };

describe('a full refresh that goes on by partition', () => {
  it('sends every row as often as the vendor has it, killed and failing, while rows come and go', {
    timeout: LONG,
  }, async () => {
    const world = fc.record({
      // Few different rows: some are the same in every byte.
      rows: fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 20 }),
      size: fc.integer({ min: 1, max: 4 }),
      choices: choices(120),
      moves: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(world, async ({ rows, size, choices, moves }) => {
        const decide = new Choices(choices);
        const stored: string[] = [];
        let saved: string | undefined;
        let list = rows;
        for (;;) {
          const shown = list;
          const ran = await run({
            cursor: resumable(),
            saved,
            begin: 0,
            read: async function* (): AsyncGenerator<Page> {
              for (let at = 0; at < shown.length; at += size)
                yield pageOf(shown.slice(at, at + size).map((id) => ({ id })));
            },
            choices: decide,
            killOneIn: 6,
            failOneIn: 12,
          });
          stored.push(...ran.stored);
          saved = ran.state;
          if (ran.outcome === 'done') break;
          // Another order, another row: what went out is known by its bytes, not by its place.
          if (moves) list = [...list.slice(1), ...list.slice(0, 1), ...(decide.seldom(2) ? [9] : [])];
        }
        const wanted = tally(list.map((id) => JSON.stringify({ id })));
        expect(tally(stored)).toEqual(wanted);
        if (rows.length > 0) expect(JSON.parse(saved!)).toEqual({ done: true });
      }),
      cases(2000),
    );
  });

  it('reads nothing of what is done', async () => {
    expect((await resumable().open({ done: true }, env)).parts).toEqual([]);
  });

  it('is unsettled once more rows went out than it can remember, until it is done', async () => {
    const scan = await resumable().open(undefined, env);
    const [part] = scan.parts;
    const big = pageOf(Array.from({ length: SEEN_MOST }, (_, id) => ({ id })));
    part!.fresh(big);
    part!.advance(big);
    expect(scan.settled!()).toBe(true);
    expect(JSON.stringify(scan.state()).length).toBeLessThan(220_000);
    const more = pageOf([{ id: -1 }]);
    expect([...part!.fresh(more)!]).toEqual([1]);
    part!.advance(more);
    expect(scan.settled!()).toBe(false);
    part!.finish();
    expect(scan.settled!()).toBe(true);
    expect(scan.state()).toEqual({ done: true });
  });

  it('refuses a state that is another cursor’s', () => {
    for (const seen of [5, 'abc']) expect(() => resumable().open({ seen }, env)).toThrow(/not a resumable/);
  });
});

describe('a full refresh that goes on by token', () => {
  const cursor = resumable({ token: 'next' });
  const tokenPage = (token: unknown): Page =>
    ({ count: 1, field: (name: string) => (name === 'next' ? token : undefined) }) as unknown as Page;

  it('asks for the page behind the last one, and for nothing once it is done', async () => {
    const first = await cursor.open(undefined, env);
    expect(first.parts[0]!.from.token).toBeUndefined();
    first.parts[0]!.advance(tokenPage('t1'));
    expect(first.state()).toEqual({ token: 't1' });
    const second = await cursor.open(first.state(), env);
    expect(second.parts[0]!.from.token).toBe('t1');
    second.parts[0]!.advance(tokenPage(7));
    expect(second.state()).toEqual({ token: '7' });
    // The last page has none: until `read` has ended it may be asked for again.
    second.parts[0]!.advance(tokenPage(null));
    expect(second.state()).toEqual({ token: '7' });
    second.parts[0]!.finish();
    expect(second.state()).toEqual({ done: true });
    expect((await cursor.open(second.state(), env)).parts).toEqual([]);
  });

  it('keeps a token that is a number above 2^53 digit by digit', async () => {
    const scan = await cursor.open(undefined, env);
    const selection = new Selection<'next', never>({
      records: 'items',
      fields: { next: 'next' },
      record: {},
    });
    const page = selection.scan(Buffer.from('{"items":[],"next":1790000000000000001}'));
    scan.parts[0]!.advance(page as unknown as Page);
    expect(scan.state()).toEqual({ token: '1790000000000000001' });
  });

  it('begins the partition again where the vendor refuses the token', async () => {
    const scan = await cursor.open({ token: 'old' }, env);
    scan.parts[0]!.from.restart();
    expect(scan.state()).toEqual({});
    const rows = Array.from({ length: 9 }, (_, id) => ({ id }));
    await fc.assert(
      fc.asyncProperty(choices(60), fc.array(fc.boolean(), { maxLength: 6 }), async (choices, refusals) => {
        const decide = new Choices(choices);
        const stored: string[] = [];
        let saved: string | undefined;
        let refused = false;
        for (let k = 0; ; k++) {
          const ran = await run({
            cursor,
            saved,
            begin: 0,
            read: async function* (from: TokenFrom): AsyncGenerator<Page> {
              let at = Number(from.token ?? 0);
              if (from.token !== undefined && refusals[k]) {
                refused = true;
                from.restart();
                at = 0;
              }
              for (; at < rows.length; at += 2) yield pageOf(rows.slice(at, at + 2), String(at + 2));
            },
            choices: decide,
            killOneIn: 5,
          });
          stored.push(...ran.stored);
          saved = ran.state;
          if (ran.outcome === 'done') break;
        }
        expect(new Set(stored)).toEqual(new Set(rows.map((row) => JSON.stringify(row))));
        if (!refused) expect(stored).toHaveLength(rows.length);
      }),
      cases(500),
    );
  });

  it('refuses a state that is another cursor’s', () => {
    expect(() => cursor.open({ token: 5 } as JsonObject, env)).toThrow(/not a resumable/);
  });
});
