import {
  type AirbyteMessage,
  type CatalogStream,
  type ConnectorSpecification,
  inMib,
} from '@headrace/sdk/protocol';
import { ConfigError, DataError } from '@headrace/sdk/spec';
import type { Connector, ConnectorProcess } from '../engine/connector.ts';
import type { JobEnd } from '../engine/job.ts';
import { parseAsWritten } from '../engine/numbers.ts';
import { call, callText } from './call.ts';
import { launcherOf, type Surroundings } from './launcher.ts';
import { startProcess } from './process.ts';

/**
 * A connector that is started as a process for each verb.
 * @throws ConfigError if there is no such connector, or it may not be run
 */
export function processConnector(end: JobEnd, around: Surroundings): Connector {
  const { shown, warnings, open } = launcherOf(end.connector, end, around);
  const { clock } = around;

  return {
    name: end.connector,
    program: shown,
    warnings,
    spec: async (options) => call(await open('spec').launch(options), 'spec', specOf, { ...options, clock }),
    async check(value, catalog, options) {
      const one = open('check');
      one.give('config', value);
      if (catalog) one.give('catalog', catalog);
      const answer = await call(await one.launch(options), 'check', statusOf, { ...options, clock });
      if (answer.status === 'SUCCEEDED') return;
      throw new ConfigError(answer.message ?? 'the check failed and gave no reason', {
        code: 'connector.check_failed',
      });
    },
    async discover(value, options) {
      const one = open('discover');
      one.give('config', value);
      return call(await one.launch(options), 'discover', catalogOf, { ...options, clock });
    },
    async verb(value, { name, args = [], files = {}, alsoExitCodes }, options) {
      const one = open(name);
      one.give('config', value);
      for (const [option, text] of Object.entries(files))
        one.args.push(`--${option}`, one.put(`${option}.json`, text));
      one.args.push(...args);
      return callText(await one.launch(options), name, { ...options, clock, alsoExitCodes });
    },
    async read(input) {
      const one = open('read');
      one.give('config', input.config);
      one.give('catalog', input.catalog);
      if (input.limit !== undefined) one.args.push('--limit', String(input.limit));
      const piped = input.statesByPipe && input.states !== undefined;
      if (piped) one.args.push('--state', '-');
      else if (input.states !== undefined) one.args.push('--state', one.put('state.json', input.states));
      const process = await startProcess(await one.launch(input), (line) => input.onLog('INFO', line), clock);
      process.stdin.end(piped ? `${input.states}\n` : undefined);
      return process;
    },
    async write(input): Promise<ConnectorProcess> {
      const one = open('write');
      one.give('config', input.config);
      one.give('catalog', input.catalog);
      return startProcess(await one.launch(input), (line) => input.onLog('INFO', line), clock);
    },
  };
}

/** The longest known specs have some hundred KiB. */
const LONGEST_SPEC = 4 << 20;

function specOf(message: AirbyteMessage, line: Buffer): ConnectorSpecification | undefined {
  if (message.type !== 'SPEC') return undefined;
  if (line.length > LONGEST_SPEC)
    throw new DataError(`the spec is larger than ${inMib(LONGEST_SPEC)}`, {
      code: 'connector.answer_too_large',
    });
  return message.spec;
}

function statusOf(message: AirbyteMessage) {
  return message.type === 'CONNECTION_STATUS' ? message.connectionStatus : undefined;
}

/** The numbers in its schemas keep their digits, because both ends get them again. */
function catalogOf(message: AirbyteMessage, line: Buffer): CatalogStream[] | undefined {
  if (message.type !== 'CATALOG') return undefined;
  return (parseAsWritten(line.toString('utf8')) as typeof message).catalog.streams;
}
