import {
  type AnySource,
  ConfigError,
  defineSource,
  type OpenContext,
  type Stream,
  SystemError,
} from '@headrace/sdk';
import type { FarosConfig, FarosConfiguredCatalog, FarosSource, FarosStream, JsonObject } from './cdk.ts';
import { configOf } from './config.ts';
import { asFarosError, isTransient, messageOf } from './errors.ts';
import { type FarosOptions, hostOf } from './options.ts';
import { captureOutput } from './output.ts';
import { besideStreams, connectorStateIn, restore } from './states.ts';
import { entryOf, streamOf } from './stream.ts';
import { Turns } from './turns.ts';

const STATE_VERSION = 1;

interface FarosApi {
  readonly config: FarosConfig;
  readonly context: OpenContext;
}

/**
 * Wraps a faros-airbyte-cdk source: `export default await fromFaros(new XSource(logger))`. The class is used
 * unchanged. Everything it logs or prints becomes a LOG message.
 * @throws SystemError if it does not extend AirbyteSourceBase
 */
export async function fromFaros(source: FarosSource, options: FarosOptions = {}): Promise<AnySource> {
  const output = captureOutput();
  if (typeof source.streams !== 'function' || typeof source.checkConnection !== 'function') {
    throw new SystemError('the source does not extend AirbyteSourceBase', { code: 'faros.not_a_source' });
  }
  const { spec } = (await source.spec()) as {
    spec: { connectionSpecification?: JsonObject; documentationUrl?: string };
  };
  const originOf = (config: FarosConfig): string => {
    const values = config as FarosConfig & Readonly<Record<string, unknown>>;
    return options.origin?.(values) ?? hostOf(values, source.type);
  };
  let began: FarosConfig | undefined;
  return defineSource<FarosConfig, FarosApi>({
    name: options.name ?? `${source.type}-source`,
    vendor: source.type,
    documentationUrl: spec.documentationUrl,
    config: configOf(spec.connectionSpecification ?? {}),
    origin: originOf,
    open: (config, context) => {
      output.sendTo(context.log, config.debug === true);
      return { config, context };
    },
    check: ({ config }) => check(source, config),
    streams: async ({ config, context }) => {
      const begun = await begin(source, config, context, options);
      began = begun.config;
      return begun.streams;
    },
    close: async (_api, complete) => {
      if (complete && began) await source.onAfterRead?.(began);
    },
    adoptState: (state, config) => {
      const names = source.streams(config).map(({ name }) => name);
      const connector = connectorStateIn(state, names);
      if (!connector) return undefined;
      const beside = besideStreams(connector, names, 1);
      const known = names.filter((name) => connector[name] !== undefined);
      return new Map(
        known.map((name) => {
          const partition = { state: connector[name], ...(beside ? { beside } : {}) };
          return [name, { version: STATE_VERSION, origin: originOf(config), partitions: { '': partition } }];
        }),
      );
    },
  });
}

/** FAILED if the source refuses the configuration. A transient error says nothing about it and is thrown. */
async function check(source: FarosSource, config: FarosConfig): Promise<void> {
  let result: Awaited<ReturnType<FarosSource['checkConnection']>>;
  try {
    result = await source.checkConnection(config);
  } catch (error) {
    result = [false, error as Error];
  }
  const [succeeded, error] = result;
  if (succeeded) return;
  if (isTransient(error)) throw asFarosError(error, '');
  throw new ConfigError(
    error === undefined ? 'the source does not accept this configuration' : messageOf(error),
    {
      code: 'faros.check_failed',
      cause: error,
    },
  );
}

/** Does what the CDK's runner does before a read, in the same order, and returns the resulting streams. */
async function begin(
  source: FarosSource,
  given: FarosConfig,
  { log, reading }: OpenContext,
  options: FarosOptions,
): Promise<{ config: FarosConfig; streams: readonly Stream<unknown>[] }> {
  const config = (await source.onBeforeRun?.(given)) ?? given;
  const { connector, run } = restore(reading?.states ?? new Map());
  const asked = reading?.streams ? named(reading.streams) : everything(source.streams(config));
  // Pass copies, because sources modify their arguments.
  const prepared = await source.onBeforeRead?.(config, structuredClone(asked), structuredClone(connector));
  const settings = prepared?.config ?? config;
  const streams = source.streams(settings);
  const names = streams.map(({ name }) => name);
  const state = prepared?.state ?? connector;
  const left = asked.streams
    .map(({ stream }) => stream.name)
    .filter((name) => prepared && !prepared.catalog.streams.some(({ stream }) => stream.name === name));
  const shared = {
    config: settings as FarosConfig,
    options,
    log,
    signal: reading?.signal,
    states: state,
    beside: besideStreams(state, names, run + 1),
    turns: options.sideBySide ? undefined : new Turns(),
  };
  const isNamed = reading?.streams !== undefined;
  // Without a catalog, read only the streams that the source would read.
  const shown = isNamed ? streams : streams.filter(({ name }) => !left.includes(name));
  if (!isNamed && left.length > 0)
    log.warn(`the source excludes these streams in this configuration: ${left.join(', ')}`);
  return { config, streams: shown.map((stream) => streamOf(stream, shared, left.includes(stream.name))) };
}

/** A catalog like that of the CDK's runner. Sources only use the names and modes. */
function named(streams: NonNullable<NonNullable<OpenContext['reading']>['streams']>): FarosConfiguredCatalog {
  return {
    streams: streams.map(({ name, syncMode }) => ({
      stream: { name, json_schema: {} },
      sync_mode: syncMode,
    })),
  };
}

function everything(streams: readonly FarosStream[]): FarosConfiguredCatalog {
  return {
    streams: streams.map((stream) => ({
      stream: entryOf(stream),
      sync_mode: stream.supportsIncremental ? 'incremental' : 'full_refresh',
    })),
  };
}
