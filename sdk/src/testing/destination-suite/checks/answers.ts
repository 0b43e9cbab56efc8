import { join } from 'node:path';
import { checkMessages } from '../../messages/check-messages.ts';
import { type Check, must, mustBeEmpty, skip } from '../../suite/check.ts';
import { secretFinder } from '../../suite/secrets.ts';
import { specFindings } from '../../suite/spec-rules.ts';
import { tail } from '../../suite/workplace.ts';
import { catalogOf, record, some, wholeStream } from '../lines.ts';
import type { DestinationContext } from '../suite.ts';

/** `spec` and `check` of a destination, and its errors if it cannot start. */
export const answerChecks: ReadonlyArray<Check<DestinationContext>> = [
  {
    rules: [19],
    title: 'exactly one SPEC, within the first 10 lines, with the sync modes that it supports',
    run: async ({ run, spec }) => {
      const ran = await run(['spec']);
      must(ran.code === 0, `spec ends with ${ran.code ?? ran.signal}`, tail(ran));
      mustBeEmpty(
        checkMessages(ran.stdout, { command: 'spec' }).map(({ message }) => message),
        'the output of spec',
      );
      must((await spec()).supported_destination_sync_modes?.length, 'it supports no sync mode');
    },
  },
  {
    rules: [20],
    title: 'the spec passes every rule of the acceptance tests',
    run: async ({ spec }) => mustBeEmpty(specFindings(await spec()), 'the spec'),
  },
  {
    rules: [21],
    title: 'check: exactly one CONNECTION_STATUS, SUCCEEDED for a good config',
    run: async ({ run, files, fixture }) => {
      const ran = await run(['check', '--config', files.write((await fixture()).config)]);
      mustBeEmpty(
        checkMessages(ran.stdout, { command: 'check' }).map(({ message }) => message),
        'the output of check',
      );
      const said = ran.output.messages.find((message) => message.type === 'CONNECTION_STATUS');
      must(
        said?.connectionStatus.status === 'SUCCEEDED' && ran.code === 0,
        'check of a good config',
        tail(ran),
      );
    },
  },
  {
    rules: [22],
    title: 'a place that cannot be written to: FAILED with a message, exit 0',
    run: async ({ run, files, fixture }) => {
      const { badConfig } = await fixture();
      if (!badConfig) skip('needs `badConfig`');
      const ran = await run(['check', '--config', files.write(badConfig)]);
      mustBeEmpty(
        checkMessages(ran.stdout, { command: 'check' }).map(({ message }) => message),
        'the output of check',
      );
      const said = ran.output.messages.find((message) => message.type === 'CONNECTION_STATUS');
      must(said?.connectionStatus.status === 'FAILED' && ran.code === 0, 'check of a bad config', tail(ran));
      must((said.connectionStatus.message ?? '').length >= 20, 'the message says too little', said);
    },
  },
  {
    rules: [7, 23],
    title: 'a config file that is not there: TRACE ERROR of config_error, not 0',
    run: async ({ run, files }) => {
      const ran = await run(['write', '--config', join(files.folder, 'gone.json')], {
        stdin: record('a', { id: 1 }),
      });
      must(
        ran.code !== 0 && ran.output.errors[0]?.failure_type === 'config_error',
        'write without a config',
        tail(ran),
      );
    },
  },
  {
    rules: [5, 6, 18],
    title:
      'flags in every order, files with any extension, read-only, the platform’s environment; little on stderr',
    run: async ({ run, files, fixture, stored }) => {
      const config = ['--config', files.write((await fixture()).config, 'config')];
      const catalog = ['--catalog', files.write(catalogOf([{ name: 'a' }]), 'catalog.txt')];
      const env = {
        DEPLOYMENT_MODE: 'OSS',
        WORKER_CONNECTOR_IMAGE: 'airbyte/destination-test:dev',
        WORKER_JOB_ID: '7',
        WORKER_JOB_ATTEMPT: '0',
        LOG_LEVEL: 'DEBUG',
        DATA_CHANNEL_MEDIUM: 'STDIO',
        DATA_CHANNEL_FORMAT: 'JSONL',
      };
      for (const [i, args] of [
        [...catalog, ...config],
        [...config, ...catalog],
      ].entries()) {
        const ran = await run(['write', ...args], {
          stdin: wholeStream({ name: 'a' }, some(10, 10 * i)),
          env,
        });
        must(ran.code === 0, `write ${args.join(' ')}`, tail(ran));
        must(
          ran.stderr.length < 8192,
          `${ran.stderr.length} bytes on stderr: clients that do not drain it hang`,
          ran.stderr,
        );
      }
      must((await stored()).length === 20, `${(await stored()).length} records are stored of 20`);
    },
  },
  {
    rules: [14],
    title: 'secrets of the config appear nowhere',
    run: async ({ spec, fixture, write, run, files }) => {
      const { config, badConfig } = await fixture();
      const secrets = secretFinder(await spec(), config);
      if (secrets.isEmpty) skip('the config holds no secret');
      const runs = [
        await write(wholeStream({ name: 'a' }, some(10))),
        await run(['check', '--config', files.write(badConfig ?? config)], { env: { LOG_LEVEL: 'trace' } }),
        await write('no message\n'),
      ];
      for (const { stdout, stderr } of runs)
        mustBeEmpty(secrets.find(stdout.toString() + stderr), 'secrets on stdout or stderr');
    },
  },
];
