import { checkMessages } from '../../messages/check-messages.ts';
import { type Check, must, mustBeEmpty } from '../../suite/check.ts';
import { tail } from '../../suite/workplace.ts';
import { catalogOf, line, record, some, state, status, wholeStream } from '../lines.ts';
import { countsOf, type DestinationContext, differences, echoFindings } from '../suite.ts';

const NOTHING_ELSE = { 'x-unknown': { deep: [1, null, 'ü'] }, id: 7 };

/** Which states are echoed, and their content. */
export const echoChecks: ReadonlyArray<Check<DestinationContext>> = [
  {
    rules: [10, 52, 53],
    title: 'states come back verbatim, once, in order: id, unknown fields and numbers included',
    run: async ({ write }) => {
      const states = [
        `{"type":"STATE","state":{"type":"STREAM","id":1,"stream":{"stream_descriptor":{"name":"a"},"stream_state":{"big":12345678901234567890,"exact":1.0,"é":"\\u2028"}},"sourceStats":{"recordCount":2.0}}}\n`,
        line({
          type: 'STATE',
          state: {
            type: 'STREAM',
            stream: { stream_descriptor: { name: 'b', namespace: null }, stream_state: { at: 1 } },
            sourceStats: { recordCount: 1 },
            global: null,
            ...NOTHING_ELSE,
          },
        }),
        state({ name: 'a' }, { at: 3 }, 1),
        state({ name: 'a' }, { at: 3 }, 0),
      ];
      const ran = await write(
        [
          status({ name: 'a' }, 'STARTED'),
          status({ name: 'b' }, 'STARTED'),
          record('a', { id: 1 }),
          record('a', { id: 2 }),
          states[0],
          record('b', { id: 1 }),
          states[1],
          record('a', { id: 3 }),
          states[2],
          states[3],
          status({ name: 'a' }, 'COMPLETE'),
          status({ name: 'b' }, 'COMPLETE'),
        ].join(''),
      );
      must(ran.code === 0, 'a write of two streams', tail(ran));
      mustBeEmpty(echoFindings(states, ran), 'the echoes');
      must(
        ran.output.states[0]!.line.includes('12345678901234567890'),
        'a number of the state was altered',
        ran.output.states[0]!.line,
      );
      mustBeEmpty(
        checkMessages(ran.stdout, { command: 'write' }).map(({ message }) => message),
        'the output of write',
      );
    },
  },
  {
    rules: [52],
    title: 'a GLOBAL state comes back verbatim and counts for all streams',
    run: async ({ write, stored }) => {
      const of = (at: number, recordCount: number): string =>
        line({
          type: 'STATE',
          state: {
            type: 'GLOBAL',
            global: {
              shared_state: { lsn: at, 'x-odd': null },
              stream_states: ['a', 'b'].map((name) => ({
                stream_descriptor: { name },
                stream_state: { at },
              })),
            },
            sourceStats: { recordCount },
            id: at,
          },
        });
      const states = [of(1, 2), of(2, 1)];
      const ran = await write(
        [record('a', { id: 1 }), record('b', { id: 1 }), states[0], record('b', { id: 2 }), states[1]].join(
          '',
        ),
      );
      must(ran.code === 0, 'a write with GLOBAL states', tail(ran));
      mustBeEmpty(echoFindings(states, ran), 'the echoes');
      must((await stored()).length === 3, 'not every record is stored', await stored());
    },
  },
  {
    rules: [55],
    title: 'destinationStats are exact, per state',
    run: async ({ write, stored }) => {
      const sizes = [3, 0, 17, 1, 250];
      let id = 0;
      const input = sizes
        .map((size, i) => {
          const records = some(size, id).map((data) => record('a', data));
          id += size;
          return records.join('') + state({ name: 'a' }, { at: i }, size);
        })
        .join('');
      const ran = await write(status({ name: 'a' }, 'STARTED') + input + status({ name: 'a' }, 'COMPLETE'));
      must(ran.code === 0, 'a write', tail(ran));
      const said = ran.output.states.map(({ state }) => state.destinationStats);
      const counts = said.map((stats) => (stats?.recordCount ?? 0) + (stats?.rejectedRecordCount ?? 0));
      must(
        JSON.stringify(counts) === JSON.stringify(sizes),
        `the echoes count ${counts}, ${sizes} records were sent`,
        said,
      );
      must((await stored()).length === id, `${(await stored()).length} records are stored of ${id}`);
    },
  },
  {
    rules: [64],
    title: 'at the end of the input everything is stored, exit 0, within a minute',
    run: async ({ startWrite, stored }) => {
      const records = some(2000);
      const child = await startWrite({ catalog: catalogOf([{ name: 'a' }]) });
      await child.write(wholeStream({ name: 'a' }, records));
      const begun = performance.now();
      child.end();
      const ended = await child.ended;
      must(ended.code === 0, 'a write', tail(ended));
      must(performance.now() - begun < 60_000, 'it takes more than a minute to end');
      mustBeEmpty(
        differences(
          records.map((data) => ({ stream: 'a', data })),
          await stored(),
        ),
        'stored',
      );
    },
  },
  {
    rules: [57],
    title: 'no catalog, no generation ids, null ones, no statuses: stored at the end of the input',
    run: async ({ write, stored }) => {
      const expected: Array<{ stream: string; data: unknown }> = [];
      const catalogs = [
        undefined,
        catalogOf([{ name: 'a' }]),
        catalogOf([{ name: 'a', generation: null, minimum: null }]),
        // PyAirbyte sends these on every write: appending never deletes.
        catalogOf([{ name: 'a', generation: 1, minimum: 1 }]),
        catalogOf([{ name: 'a', generation: 1, minimum: 1 }]),
      ];
      for (const [i, catalog] of catalogs.entries()) {
        const records = some(5, 10 * i);
        expected.push(...records.map((data) => ({ stream: 'a', data })));
        const input = records.map((data) => record('a', data)).join('') + state({ name: 'a' }, { at: i }, 5);
        const ran = await write(input, { catalog });
        must(ran.code === 0, `write ${i + 1}`, tail(ran));
        must(countsOf(ran.output).recordCount === 5, `write ${i + 1} counts other than 5`, tail(ran));
      }
      mustBeEmpty(differences(expected, await stored()), 'stored after five appending writes');
    },
  },
  {
    rules: [16],
    title: 'nobody reads its output for a while: no deadlock, every state comes back in the end',
    run: async ({ startWrite }) => {
      const child = await startWrite();
      child.pause();
      const states: string[] = [];
      const sending = (async () => {
        for (let i = 0; i < 3000; i++) {
          states.push(state({ name: 'a' }, { at: i, pad: 'x'.repeat(100) }, 1));
          await child.write(record('a', { id: i }) + states[i]);
        }
        child.end();
      })();
      setTimeout(() => child.resume(), 1500);
      await sending;
      const ended = await child.ended;
      must(ended.code === 0, 'a write', tail(ended));
      must(
        child.progress.states === states.length,
        `${child.progress.states} states were echoed of ${states.length}`,
      );
    },
  },
];
