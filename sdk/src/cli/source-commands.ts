import { asHeadraceError, ConfigError, oneLine } from '../errors.ts';
import { LONGEST_STATES } from '../protocol/limits.ts';
import type { CatalogStream, ConnectorSpecification, JsonObject } from '../protocol/messages.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { readInput } from '../runtime/read-input.ts';
import { accessTo } from '../source/access.ts';
import { catalogStream, findStream, missingPermission, streamsOf } from '../source/catalog.ts';
import type { AnySource } from '../source/define-source.ts';
import { type OpenedSource, openSource, type SourceEnv } from '../source/open-source.ts';
import { read } from '../source/read.ts';
import { readCatalog } from './catalog-input.ts';
import { readConfig, resolveConfig } from './config-input.ts';
import { backoffOf, machineBudgetOf, pacingOf } from './knobs.ts';
import type { Session } from './session.ts';
import { parseStates } from './state-input.ts';
import { checkRewritable, configUpdates } from './update-config.ts';

export interface SourceFlags {
  readonly config: string;
  /** Rewrite the config file when the vendor replaces a token in it. */
  readonly updateConfig?: boolean;
  readonly catalog?: string;
  readonly state?: string;
  readonly streams?: string;
  readonly limit?: number;
}

/** Somebody is waiting for `check` or `discover`, so they give up sooner than `read`. */
const IMPATIENT = { firstMs: 500, maxMs: 2000, tries: 3 };

export interface SourceProcess {
  readonly source: AnySource;
  readonly spec: ConnectorSpecification;
  readonly session: Session;
  readonly signal: AbortSignal;
  /** The process's environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: the system's. */
  readonly clock?: Clock;
}

/** Prints one CONNECTION_STATUS, whatever happens: see `checkStatus`. */
export async function runCheck(process: SourceProcess, flags: SourceFlags): Promise<number> {
  const { source, session, signal } = process;
  const check = async (): Promise<void> => {
    const raw = await rawConfig(flags);
    const catalog = await readCatalog(flags.catalog);
    const opened = await open(process, flags, raw);
    try {
      await source.check(opened.api);
      const streams = catalog ? await streamsOf(source, opened.api) : [];
      for (const { name } of catalog?.streams ?? []) {
        const missing = await findStream(streams, name, '--catalog').access?.(opened.api);
        if (missing) throw missingPermission(name, missing);
      }
    } finally {
      await opened.close();
    }
  };
  return checkStatus(session, check, signal);
}

/**
 * Runs `check` of a source or destination and prints the CONNECTION_STATUS: FAILED for every error, with exit code
 * 0. An error that the user can't fix is also reported as a TRACE ERROR with exit code 1, so that the caller may
 * try again.
 */
export async function checkStatus(
  session: Session,
  check: () => Promise<void>,
  signal?: AbortSignal,
): Promise<number> {
  try {
    await check();
    session.writer.message({ type: 'CONNECTION_STATUS', connectionStatus: { status: 'SUCCEEDED' } });
  } catch (thrown) {
    if (signal?.aborted) throw thrown;
    const error = asHeadraceError(thrown);
    session.writer.message({
      type: 'CONNECTION_STATUS',
      connectionStatus: { status: 'FAILED', message: oneLine(error) },
    });
    if (error.failureType !== 'config_error') throw thrown;
  }
  return 0;
}

/** Prints one CATALOG with the streams that the credential may read. */
export async function runDiscover(process: SourceProcess, flags: SourceFlags): Promise<number> {
  const { source, session } = process;
  const opened = await open(process, flags, await rawConfig(flags));
  try {
    const streams: CatalogStream[] = [];
    for (const stream of await streamsOf(source, opened.api)) {
      const { missing, unknown } = await accessTo(stream, opened.api);
      if (missing !== undefined)
        session.log.warn(`${stream.name} is left out: the credential lacks the permission “${missing}”`);
      else streams.push(catalogStream(stream));
      if (unknown !== undefined)
        session.log.warn(`${stream.name} may lack a permission: ${oneLine(asHeadraceError(unknown))}`);
    }
    session.writer.message({ type: 'CATALOG', catalog: { streams } });
    return 0;
  } finally {
    await opened.close();
  }
}

/** Runs `read`. The exit code is 0 if every selected stream is complete. */
export async function runRead(process: SourceProcess, flags: SourceFlags): Promise<number> {
  const { source, spec, session } = process;
  onlyOneStdin(flags);
  const raw = await rawConfig(flags);
  const catalog = await readCatalog(flags.catalog);
  const state =
    flags.state === undefined ? undefined : await readInput(flags.state, '--state', LONGEST_STATES);
  const { config, secrets } = resolveConfig(raw, spec, source.config, process.env);
  session.writer.secrets.add(secrets);
  const saved = state && parseStates(state, '--state', (item) => source.adoptState?.(item, config));
  const outcomes = await read(
    {
      source,
      config,
      catalog,
      states: saved?.states ?? new Map(),
      stateCommit: saved?.commit,
      streams: flags.streams?.split(',').map((name) => name.trim()),
      limit: flags.limit,
    },
    {
      ...environment(process, flags, raw),
      backoff: backoffOf(process.env),
      writer: session.writer,
      pacing: pacingOf(process.env),
    },
  );
  return outcomes.every(({ complete }) => complete) || flags.limit !== undefined ? 0 : 1;
}

async function rawConfig({ config, updateConfig = false }: SourceFlags): Promise<JsonObject> {
  checkRewritable(config, updateConfig);
  return readConfig(config);
}

async function open(process: SourceProcess, flags: SourceFlags, raw: JsonObject): Promise<OpenedSource> {
  const { config, secrets } = resolveConfig(raw, process.spec, process.source.config, process.env);
  process.session.writer.secrets.add(secrets);
  const env = { ...environment(process, flags, raw), backoff: backoffOf(process.env, IMPATIENT) };
  return openSource(process.source, config, env);
}

function environment(
  { session, signal, env, clock = systemClock }: SourceProcess,
  { config, updateConfig = false }: SourceFlags,
  raw: JsonObject,
): SourceEnv {
  const { writer, log } = session;
  return {
    clock,
    random: Math.random,
    log,
    signal,
    machine: machineBudgetOf(env),
    onSecrets: (values) => writer.secrets.add(values),
    scrub: (text) => writer.secrets.scrub(text),
    updateConfig: configUpdates({
      raw,
      path: config,
      isRewritten: updateConfig,
      env,
      writer,
      log,
      clock,
    }),
  };
}

/** Only one of --config, --catalog and --state can be read from standard input. */
function onlyOneStdin(flags: SourceFlags): void {
  const piped = (['config', 'catalog', 'state'] as const).filter((flag) => flags[flag] === '-');
  if (piped.length > 1) {
    const message = `only one of ${piped.map((flag) => `--${flag}`).join(' and ')} can be standard input`;
    throw new ConfigError(message, { code: 'cli.two_stdins', place: 'command line' });
  }
}
