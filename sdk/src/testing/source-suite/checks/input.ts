import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject, StateMessage } from '../../../protocol/messages.ts';
import { statesAfter } from '../../process/output.ts';
import { type Check, must, mustBeEmpty } from '../../suite/check.ts';
import { type Run, tail } from '../../suite/workplace.ts';
import { configured, type SourceContext } from '../suite.ts';

async function mustBringAll(context: SourceContext, expected: Run, ran: Run, what: string): Promise<void> {
  must(ran.code === 0, `${what}: exit ${ran.code ?? ran.signal}`, tail(ran));
  mustBeEmpty(await context.missing(expected.output.records, ran.output.records), what);
}

/** Environment variables that the platform sets for every connector. */
const PLATFORM = {
  DEPLOYMENT_MODE: 'OSS',
  WORKER_CONNECTOR_IMAGE: 'airbyte/source-test:dev',
  WORKER_JOB_ID: '7',
  WORKER_JOB_ATTEMPT: '0',
  USE_STREAM_CAPABLE_STATE: 'true',
  CONCURRENT_SOURCE_STREAM_READ: 'false',
  LOG_LEVEL: 'INFO',
  DATA_CHANNEL_MEDIUM: 'STDIO',
  DATA_CHANNEL_FORMAT: 'JSONL',
};

/** The command line, its files and the environment. */
export const inputChecks: ReadonlyArray<Check<SourceContext>> = [
  {
    rules: [5],
    title: 'flags in every order, files with any extension or none, read-only; no state in every form',
    run: async (context) => {
      const { run, files, fixture, streams } = context;
      const first = await context.expected();
      const config = ['--config', files.write((await fixture()).config, 'config')];
      const catalog = ['--catalog', files.write(configured(await streams()), 'catalog.txt')];
      const forms: Array<[string, string]> = [
        ['an empty file', ''],
        ['[]', '[]'],
        ['{}', '{}'],
      ];
      const orders = [
        (state: string[]) => [...state, ...catalog, ...config],
        (state: string[]) => [...catalog, ...config, ...state],
        (state: string[]) => [...config, ...state, ...catalog],
      ];
      for (const [i, [name, text]] of forms.entries()) {
        const state = ['--state', files.write(text, i === 0 ? 'state' : 'state.txt')];
        const args = orders[i]!(state);
        await mustBringAll(
          context,
          first,
          await run(['read', ...args]),
          `${args.join(' ')} with ${name} as state`,
        );
      }
    },
  },
  {
    rules: [6],
    title: 'the platform’s environment variables are tolerated',
    run: async (context) => {
      const first = await context.expected();
      await mustBringAll(
        context,
        first,
        await context.read({}, { env: PLATFORM }),
        'a read as on the platform',
      );
    },
  },
  {
    rules: [7],
    title:
      'a file that is not there or no JSON: TRACE ERROR of config_error, not 0, and nothing secret in it',
    run: async ({ run, files, streams }) => {
      const catalog = files.write(configured(await streams()));
      const gone = join(files.folder, 'gone.json');
      const broken = join(files.folder, 'broken.json');
      writeFileSync(broken, '{"token": do-not-repeat-1}');
      for (const config of [gone, broken]) {
        const ran = await run(['read', '--config', config, '--catalog', catalog]);
        const said = ran.output.errors[0];
        must(ran.code !== 0 && said?.failure_type === 'config_error', `a read with ${config}`, tail(ran));
        must(
          !(ran.stdout.toString() + ran.stderr).includes('do-not'),
          'the text of a broken config is repeated',
        );
      }
      const unknown = await run(['no-such-verb']);
      must(unknown.code !== 0, 'an unknown verb', tail(unknown));
    },
  },
  {
    rules: [42],
    title: '`stream_state` null or absent: from scratch',
    run: async (context) => {
      const first = await context.expected();
      // Only their descriptors are used.
      const states = statesAfter(first.output, first.output.states.length);
      const withNull = states.map((state) => ({
        ...state,
        stream: { ...state.stream!, stream_state: null },
      }));
      const without = states.map(({ type, stream }) => ({
        type,
        stream: { stream_descriptor: stream!.stream_descriptor },
      }));
      await mustBringAll(context, first, await context.read({ state: withNull }), 'with null states');
      await mustBringAll(context, first, await context.read({ state: without }), 'with absent states');
    },
  },
  {
    rules: [43],
    title: 'unknown keys and nulls in state, catalog and config are tolerated',
    run: async (context) => {
      const first = await context.whole();
      const odd = (object: object): JsonObject => ({ ...object, 'x-unknown': { a: [1] }, 'x-null': null });
      const { streams } = configured(await context.streams()) as { streams: JsonObject[] };
      const catalog = odd({
        streams: streams.map((configuredStream) => ({
          cursor_field: null,
          primary_key: null,
          ...odd(configuredStream),
          stream: { namespace: null, is_resumable: null, ...odd(configuredStream.stream as object) },
          generation_id: null,
          minimum_generation_id: null,
          sync_id: null,
          destination_object_name: null,
        })),
      });
      const state = statesAfter(first.output, first.output.states.length).map((one) => ({
        ...odd(one),
        global: null,
        id: 7,
        stream: {
          ...odd(one.stream!),
          stream_descriptor: { ...one.stream!.stream_descriptor, namespace: null },
        },
      })) as unknown as StateMessage[];
      const ran = await context.read({ catalog, state });
      must(ran.code === 0, 'a read with odd input', tail(ran));
      const again = await context.read({ state: statesAfter(first.output, first.output.states.length) });
      mustBeEmpty(
        await context.differences(again.output.records, ran.output.records),
        'compared with a read from the same states without the odd keys',
      );
      const { config } = await context.fixture();
      const allowed = await context.read({ config: odd(config) }, { env: PLATFORM });
      await mustBringAll(context, first, allowed, 'a config with keys that the platform added');
    },
  },
];
