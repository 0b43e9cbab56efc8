import type { ConnectorSpecification, JsonObject } from '@headrace/sdk/protocol';
import {
  asHeadraceError,
  ConfigError,
  ConfigErrors,
  coerce,
  isHeadraceError,
  SystemError,
  secretsOf,
} from '@headrace/sdk/spec';
import { forBackfill } from './backfill.ts';
import { budgetOf } from './budget.ts';
import type { CheckRequest } from './check-answer.ts';
import { checkApart } from './check-apart.ts';
import type { CallOptions, Connector } from './connector.ts';
import { factsOf, optionAt, withOption } from './connector-facts.ts';
import { isPermanent, placed } from './failures.ts';
import type { Backfill, Job } from './job.ts';
import { digitsOf, numberAsWritten, plainNumbers } from './numbers.ts';
import type { Configured, Ports } from './ports.ts';

/** One end of a job with its spec and the configuration that it gets. */
export interface PreparedEnd {
  readonly connector: Connector;
  readonly spec: ConnectorSpecification;
  /** Includes rotated tokens, also those of this run. */
  readonly config: JsonObject;
  /** Takes over a rotated token. */
  readonly rotate: (config: JsonObject) => Promise<void>;
  readonly configured: Configured;
  /** Environment variables for its calls. */
  readonly env?: Readonly<Record<string, string>>;
  /** Takes over tokens that other runs have rotated. */
  readonly renew: () => Promise<void>;
  /** Whether another run has replaced a token since. If so, a refused sign-in may work now. */
  readonly hasNewToken: () => Promise<boolean>;
}

export interface PreparedJob {
  readonly source: PreparedEnd;
  readonly destination: PreparedEnd;
  /** The destination is the state store (`"x-headrace": {"state": true}` in its spec). */
  readonly keepsStates: boolean;
  /** The source is made with our SDK, so it supports our extensions of the protocol. */
  readonly ourSource: boolean;
  readonly ourDestination: boolean;
}

type Call = (origin: 'source' | 'destination') => CallOptions;

/**
 * Finds both connectors, asks for their specs and validates their configurations.
 * @throws ConfigErrors with the mistakes of both ends, placed as `source.config.…`, `destination.config.…`
 */
export async function prepareJob(
  job: Job,
  ports: Ports,
  call: Call,
  backfill?: Backfill,
): Promise<PreparedJob> {
  const ends = await Promise.allSettled([
    prepareEnd('source', job, ports, call, backfill),
    prepareEnd('destination', job, ports, call, backfill),
  ]);
  const failed = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  const mistakes = failed.flatMap(mistakesOf);
  if (mistakes.length > 0) throw new ConfigErrors(mistakes);
  if (failed.length > 0) throw failed[0];
  const [source, destination] = ends.map((end) => (end as PromiseFulfilledResult<PreparedEnd>).value) as [
    PreparedEnd,
    PreparedEnd,
  ];
  return {
    source,
    destination,
    keepsStates: factsOf(destination.spec)?.state === true,
    ourSource: factsOf(source.spec) !== undefined,
    ourDestination: factsOf(destination.spec) !== undefined,
  };
}

function mistakesOf(error: unknown): readonly ConfigError[] {
  if (error instanceof ConfigErrors) return error.errors;
  return isHeadraceError(error) && isPermanent(error) ? [error] : [];
}

/**
 * Finds the connector of one end, asks for its spec and validates its configuration.
 * @throws ConfigErrors with its mistakes, placed as `source.config.…` or `destination.config.…`
 */
export async function prepareEnd(
  role: 'source' | 'destination',
  job: Job,
  ports: Ports,
  call: Call,
  backfill?: Backfill,
): Promise<PreparedEnd> {
  const end = job[role];
  const connector = inPlace(`${role}.connector`, () => ports.connect(end, job, role));
  ports.emit({ type: 'program', origin: role, name: connector.name, program: connector.program });
  for (const message of connector.warnings)
    ports.emit({ type: 'log', origin: 'runner', level: 'WARN', message, once: true });
  const spec = await connector.spec(call(role)).catch((error: unknown) => {
    throw placed(asHeadraceError(error), `${role}.connector`);
  });
  const schema = withoutSchemaUri(spec.connectionSpecification);
  const facts = factsOf(spec);
  const isOurs = facts !== undefined;
  const own = role === 'destination' ? withSourceName(end.config, facts?.source, job.name) : end.config;
  const given = backfill ? forBackfill(role, own, spec, backfill) : own;
  // Values from the environment are text, even if a number or a boolean is needed. Our connectors handle that themselves.
  const named = walked(role, () => (isOurs ? given : (coerce(schema, given, numberAsWritten) as JsonObject)));
  const secretsIn = (config: JsonObject) => walked(role, () => secretsOf(schema, digitsOf(config)));
  const secrets = secretsIn(named);
  ports.secrets.add(secrets);
  const errors = await validate(
    { schema, config: plainNumbers(named), place: `${role}.config`, isOurs },
    (message) =>
      ports.emit({ type: 'log', origin: 'runner', level: 'WARN', message: `${end.connector}: ${message}` }),
  );
  if (errors.length > 0) throw new ConfigErrors(errors);
  const stored = () => ports.tokens.apply(end.connector, named, secrets);
  let config = named;
  const renew = async () => {
    config = await stored();
    ports.secrets.add(secretsIn(config));
  };
  await renew();
  return {
    connector,
    spec,
    get config() {
      return config;
    },
    rotate: async (rotated) => {
      // The next process of this run needs it too: the old token may be used up.
      config = rotated;
      ports.secrets.add(secretsIn(rotated));
      await ports.tokens.save(end.connector, named, secrets, rotated);
    },
    configured: { connector: end.connector, configured: named, secrets },
    env: role === 'source' ? budgetOf(job, named, secrets, isOurs, ports) : undefined,
    renew,
    hasNewToken: async () => JSON.stringify(await stored()) !== JSON.stringify(config),
  };
}

/** The job's name keeps the records and states of two jobs apart in one target, whatever their sources are called. */
function withSourceName(config: JsonObject, option: string | undefined, name: string): JsonObject {
  if (option === undefined || optionAt(config, option) !== undefined) return config;
  return withOption(config, option, name);
}

/**
 * If our validator cannot use a spec, that is not the user's mistake, and the connector's own check decides. For our own
 * connectors, an unknown key is a mistake if it looks like a typo of a known one; any other is reported and passed on.
 */
async function validate(request: CheckRequest, warn: (message: string) => void): Promise<ConfigError[]> {
  const answer = await checkApart(request);
  if ('unusable' in answer) {
    warn(`its spec cannot be used to validate the configuration (${answer.unusable}); its check will`);
    return [];
  }
  const errors: ConfigError[] = [];
  for (const { message, code, place, hint } of answer.mistakes)
    if (code === 'config.unknown_field' && !hint?.startsWith('did you mean')) warn(`${message}; ${hint}`);
    else errors.push(new ConfigError(message, { code, place, hint }));
  return errors;
}

/** Walks through a schema. If it is not a JSON schema, nobody can tell which values are secrets. */
function walked<T>(role: string, walk: () => T): T {
  try {
    return walk();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new SystemError('the connectionSpecification of the spec is not a JSON schema', {
      code: 'connector.bad_spec',
      place: `${role}.connector`,
      hint: 'report it to the maintainer of the connector',
      cause: error,
    });
  }
}

/** Some specs name their draft in a way that a validator takes for a document to load. */
function withoutSchemaUri({ $schema: _, ...schema }: JsonObject): JsonObject {
  return schema;
}

function inPlace<T>(place: string, find: () => T): T {
  try {
    return find();
  } catch (error) {
    throw placed(asHeadraceError(error), place);
  }
}
