import type { StateMessage } from '@headrace/sdk/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ending, statesOf, type Through, through } from './cases/through.ts';

const streams = ['issues', 'comments', 'projects'];
let site: Through;
beforeAll(async () => {
  site = await through({ issues: 60, projects: 2 });
});
afterAll(() => site.close());

/** The same states, of a site of another name. */
const of = (origin: string, states: readonly StateMessage[]): StateMessage[] =>
  states.map((state) => {
    const stream = state.stream!;
    return { ...state, stream: { ...stream, stream_state: { ...stream.stream_state, origin } } };
  });
const originsOf = (states: readonly StateMessage[]) =>
  new Set(states.map(({ stream }) => stream?.stream_state?.origin));

test('a site that was renamed goes on from its states once its former address is named', async () => {
  const first = await site.read(undefined, streams);
  const states = of('acme-old.example', statesOf(first));
  const config = { former_base_url: 'https://ACME-old.example/jira' };
  const second = await site.read(undefined, streams, { states, config });
  expect(ending(second, ['issues', 'comments'])).toEqual([
    'exit 0',
    'issues 0 COMPLETE',
    'comments 0 COMPLETE',
  ]);
  expect([...originsOf(statesOf(second))]).toEqual([new URL(site.proxy.url).host]);
  // What left once needs the option no more, and the option does no harm.
  for (const more of [config, {}]) {
    const third = await site.read(undefined, streams, { states: statesOf(second), config: more });
    expect(ending(third, ['issues'])).toEqual(['exit 0', 'issues 0 COMPLETE']);
  }
});

test('a state of any other site is refused, with both ways out', async () => {
  const states = of('acme-old.example', statesOf(await site.read(undefined, streams)));
  for (const config of [{}, { former_base_url: 'https://other.example' }]) {
    const run = await site.read(undefined, streams, { states, config });
    expect(run.code).toBe(1);
    expect(run.errors[0]).toMatchObject({ failure_type: 'config_error' });
    expect(run.errors[0]!.message).toMatch(
      /the state is from acme-old\.example, .*set config\.former_base_url to its old address.*--source/,
    );
  }
});
