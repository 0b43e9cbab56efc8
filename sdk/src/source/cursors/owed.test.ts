import { describe, expect, it } from 'vitest';
import { Page } from '../../protocol/page.ts';
import type { Scan } from '../cursor.ts';
import { StreamStates } from '../stream-states.ts';
import { type Owed, owed } from './owed.ts';

const env = { begin: async () => 0, warn: () => {} };
const open = async (saved: object | undefined): Promise<Scan<Owed>> =>
  owed({ key: 'id' }).open(saved as never, env);
const page = (...ids: string[]): Page =>
  Page.of(
    ids.map((id) => ({ id })),
    { id: 'id' },
  ) as unknown as Page;

describe('what others refer to', () => {
  it('is owed until it was sent, or did not come', async () => {
    const scan = await open({ owed: ['a', 'b', 'c'] });
    const [part] = scan.parts;
    expect(part!.from.ids).toEqual(['a', 'b', 'c']);
    part!.advance(page('b'));
    expect(scan.state()).toEqual({ owed: ['a', 'c'] });
    part!.finish();
    expect(scan.state()).toEqual({});
    await expect(open({ owed: 'a' })).rejects.toMatchObject({ code: 'state.invalid' });
  });

  it('stands in the state before the scan is opened, and is news once', () => {
    const states = new StreamStates({});
    states.owe('', []);
    expect([states.hasNews, states.now()]).toEqual([false, {}]);
    states.owe('', ['a']);
    expect([states.hasNews, states.now()]).toEqual([true, { '': { owed: ['a'] } }]);
    states.sentNews();
    states.owe('', ['a']);
    expect(states.hasNews).toBe(false);
    // An interrupted run's debts are carried on.
    const next = new StreamStates(states.now()!);
    next.owe('', ['b']);
    expect(next.saved('')).toEqual({ owed: ['a', 'b'] });
    expect(next.now()).toEqual({ '': { owed: ['a', 'b'] } });
  });

  it('is owed once where it is named by what is read whole each time', async () => {
    const first = new StreamStates({});
    first.oweOnce('', 'lead');
    first.owe('', ['author']);
    const scan = await open(first.saved(''));
    expect(scan.parts[0]!.from.ids).toEqual(['lead', 'author']);
    scan.parts[0]!.finish();
    first.moved('', scan);
    const saved = first.now()!;
    expect(saved).toEqual({ '': { named: ['lead'] } });
    const second = new StreamStates(saved);
    second.oweOnce('', 'lead');
    expect([second.hasNews, second.now()]).toEqual([false, saved]);
    // Who is named by something new is sent again.
    second.owe('', ['lead']);
    second.oweOnce('', 'another');
    expect(second.now()).toEqual({ '': { owed: ['lead', 'another'], named: ['lead', 'another'] } });
  });
});
