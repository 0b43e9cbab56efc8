import type { DestinationSyncMode } from '../../../protocol/messages.ts';
import { type Check, must, mustBeEmpty, skip } from '../../suite/check.ts';
import { tail } from '../../suite/workplace.ts';
import { catalogOf, record, some, state, status, wholeStream } from '../lines.ts';
import { type DestinationContext, differences } from '../suite.ts';

async function needs({ spec }: DestinationContext, mode: DestinationSyncMode): Promise<void> {
  const { supported_destination_sync_modes: modes = [] } = await spec();
  if (!modes.includes(mode)) skip(`it does not support ${mode}`);
}

const asStored = (records: readonly unknown[]): Array<{ stream: string; data: unknown }> =>
  records.map((data) => ({ stream: 'a', data }));

const unfinished = (records: readonly unknown[]): string =>
  [
    status({ name: 'a' }, 'STARTED'),
    ...records.map((data) => record('a', data)),
    state({ name: 'a' }, { at: records.length }, records.length),
  ].join('');

/** How each sync mode treats existing data. */
export const modeChecks: ReadonlyArray<Check<DestinationContext>> = [
  {
    rules: [56],
    title: 'append keeps what is there',
    run: async (context) => {
      await needs(context, 'append');
      for (const from of [0, 10, 5]) {
        const ran = await context.write(wholeStream({ name: 'a' }, some(10, from)), {
          catalog: catalogOf([{ name: 'a' }]),
        });
        must(ran.code === 0, 'an append', tail(ran));
      }
      mustBeEmpty(
        differences(asStored([...some(20), ...some(10, 5)]), await context.stored()),
        'stored after three appends',
      );
    },
  },
  {
    rules: [56],
    title: 'overwrite replaces what a finished run left, with and without statuses',
    run: async (context) => {
      await needs(context, 'overwrite');
      const catalog = catalogOf([{ name: 'a', mode: 'overwrite' }]);
      for (const from of [0, 100]) {
        const ran = await context.write(wholeStream({ name: 'a' }, some(10, from)), { catalog });
        must(ran.code === 0, 'an overwrite', tail(ran));
        mustBeEmpty(
          differences(asStored(some(10, from)), await context.stored()),
          'stored after an overwrite',
        );
      }
    },
  },
  {
    rules: [56],
    title: 'append_dedup keeps the newest of each key',
    run: async (context) => {
      await needs(context, 'append_dedup');
      const catalog = catalogOf([{ name: 'a', mode: 'append_dedup' }]);
      const newer = some(5, 5).map((data) => ({
        ...data,
        updated: '2030-01-01T00:00:00.000Z',
        text: 'newer',
      }));
      const older = some(3).map((data) => ({ ...data, updated: '2001-01-01T00:00:00.000Z', text: 'older' }));
      for (const records of [some(10), newer, older]) {
        const ran = await context.write(wholeStream({ name: 'a' }, records), { catalog });
        must(ran.code === 0, 'an append_dedup', tail(ran));
      }
      mustBeEmpty(
        differences(asStored([...some(5), ...newer]), await context.stored()),
        'stored after three writes',
      );
    },
  },
  {
    rules: [58, 59],
    title: 'a truncating refresh: the old data stay until COMPLETE, a failed one keeps them, a retry goes on',
    run: async (context) => {
      await needs(context, 'overwrite');
      const generation = (n: number): object =>
        catalogOf([{ name: 'a', mode: 'overwrite', generation: n, minimum: n }]);
      const first = await context.write(wholeStream({ name: 'a' }, some(10)), { catalog: generation(1) });
      must(first.code === 0, 'the first generation', tail(first));
      const failed = await context.write(unfinished(some(4, 100)) + status({ name: 'a' }, 'INCOMPLETE'), {
        catalog: generation(2),
      });
      must(failed.code !== 0, 'a refresh that ends INCOMPLETE says that all is well', tail(failed));
      const visible = differences(asStored(some(10)), await context.stored());
      mustBeEmpty(
        visible.filter((finding) => finding.startsWith('missing')),
        'of the old data after a failed refresh',
      );
      const retry = await context.write(wholeStream({ name: 'a' }, some(6, 104)), { catalog: generation(2) });
      must(retry.code === 0, 'the retry', tail(retry));
      mustBeEmpty(
        differences(asStored(some(10, 100)), await context.stored()),
        'stored after the retry of the same generation',
      );
    },
  },
  {
    rules: [60],
    title: '0 < minimum generation < generation is refused clearly',
    run: async ({ write, stored }) => {
      const ran = await write(wholeStream({ name: 'a' }, some(3)), {
        catalog: catalogOf([{ name: 'a', generation: 3, minimum: 2 }]),
      });
      must(ran.code !== 0, 'it is taken', tail(ran));
      must(
        ran.output.errors[0]?.failure_type === 'config_error',
        'no TRACE ERROR of config_error',
        tail(ran),
      );
      must((await stored()).length === 0, 'something is stored all the same');
    },
  },
];
