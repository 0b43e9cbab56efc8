import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CatalogStream, ConnectorSpecification, StateMessage } from '../../protocol/messages.ts';
import type { HostileFault } from '../hostile-api/faults.ts';
import { type HostileApi, startHostileApi } from '../hostile-api/server.ts';
import type { ConnectorProcess, StartOptions } from '../process/connector-process.ts';
import type { SentRecord } from '../process/output.ts';
import { must, skip } from '../suite/check.ts';
import { type SecretFinder, secretFinder } from '../suite/secrets.ts';
import { openWorkplace, type Run, tail, type Workplace, within } from '../suite/workplace.ts';
import type { SourceFixture, SourceSuiteOptions } from './options.ts';
import { RecordBook } from './records.ts';
import { findOwnRequests, type OwnRequests } from './requests.ts';

/** What is the same for all checks, found out once, by the first that asks. */
export interface SourceSuite {
  readonly options: SourceSuiteOptions;
  spec(): Promise<ConnectorSpecification>;
  /** The tested streams as `discover` shows them. */
  streams(): Promise<readonly CatalogStream[]>;
  /** The `discover` behind it. */
  discovered(): Promise<Run>;
  /** A whole read of an untouched API, a STATE wherever one may stand, with the fixture's config. */
  baseline(): Promise<Run>;
  /** Requests of each stream that no other stream makes; the same in every fixture. */
  ownRequests(): Promise<readonly OwnRequests[]>;
}

interface ReadFiles {
  readonly config?: object;
  /** → every tested stream, in the best mode that it supports. */
  readonly catalog?: object;
  readonly state?: readonly StateMessage[] | string | object;
}

/** What one check works with: a fixture and files of its own. */
export interface SourceContext extends SourceSuite, Workplace<SourceFixture> {
  /** Starts a `read` of this check's fixture. */
  startRead(of?: ReadFiles, options?: StartOptions): Promise<ConnectorProcess>;
  read(of?: ReadFiles, options?: StartOptions): Promise<Run>;
  /** A whole read of this check's API, made once: what other reads of it are compared with. */
  whole(): Promise<Run>;
  /**
   * What of the expected records did not come, or not as they are. Of an API whose data change (`live`) only those are
   * expected that another read finds as they were.
   */
  missing(expected: readonly SentRecord[], got: readonly SentRecord[]): Promise<string[]>;
  /** The same, and what came and was not expected. */
  differences(expected: readonly SentRecord[], got: readonly SentRecord[]): Promise<string[]>;
  /** The arguments of a `read`. */
  readArgs(of?: ReadFiles): Promise<string[]>;
  /** A proxy in front of the fixture, and the config that goes through it. Skips the check where there is no way. */
  hostile(faults: readonly HostileFault[], seed?: number): Promise<{ api: HostileApi; config: object }>;
}

/** Quick states and quick retries, of sources made with our SDK; others do not know these. */
const QUICK = { HEADRACE_STATE_INTERVAL_MS: '0', HEADRACE_BACKOFF_MS: '5' };
/** How long a check or a process of a live vendor may take. */
export const LIVE_TIMEOUT_MS = 3_600_000;
/** A vendor that fails is not asked 200 times a second. */
const LIVE = { HEADRACE_STATE_INTERVAL_MS: '0', HEADRACE_BACKOFF_MS: '250' };
/** Node compiles a connector once, not once a process. */
const CACHE = { NODE_COMPILE_CACHE: join(tmpdir(), 'headrace-compile-cache') };

export function openSuite(options: SourceSuiteOptions): SourceSuite {
  const once = <T>(make: (context: SourceContext) => Promise<T>): (() => Promise<T>) => {
    let made: Promise<T> | undefined;
    return () => {
      made ??= within(openContext(suite), make);
      return made;
    };
  };
  const suite: SourceSuite = {
    options,
    spec: once(async ({ run }) => {
      const { output, ...ended } = await run(['spec']);
      const said = output.messages.find((message) => message.type === 'SPEC');
      must(said, 'spec prints no SPEC', ended.stdout.toString() + ended.stderr);
      return said.spec;
    }),
    discovered: once(async ({ run, fixture, files }) =>
      run(['discover', '--config', files.write((await fixture()).config)]),
    ),
    streams: once(async () => {
      const { output, stdout, stderr } = await suite.discovered();
      const said = output.messages.find((message) => message.type === 'CATALOG');
      must(said, 'discover prints no CATALOG', stdout.toString() + stderr);
      const { streams } = said.catalog;
      for (const name of options.streams ?? [])
        must(
          streams.some((stream) => stream.name === name),
          `discover shows no stream ${name}`,
        );
      return streams.filter(({ name }) => options.streams?.includes(name) ?? true);
    }),
    baseline: once(async ({ read }) => {
      const run = await read();
      must(run.code === 0, `a plain read ends with ${run.code ?? run.signal}`, tail(run));
      return run;
    }),
    ownRequests: once(findOwnRequests),
  };
  return suite;
}

/** Opens what a check works with. */
export function openContext(suite: SourceSuite): SourceContext {
  const { options } = suite;
  const place = openWorkplace(options.live ? { ...options, timeoutMs: LIVE_TIMEOUT_MS } : options, {
    ...CACHE,
    ...(options.live ? LIVE : QUICK),
  });
  const { files, start, run } = place;
  let whole: Promise<Run> | undefined;
  const context: SourceContext = {
    ...suite,
    ...place,
    readArgs: async ({ config, catalog, state } = {}) => [
      'read',
      '--config',
      files.write(config ?? (await context.fixture()).config),
      '--catalog',
      files.write(catalog ?? configured(await suite.streams())),
      ...(state === undefined ? [] : ['--state', files.write(state)]),
    ],
    startRead: async (of, more) => start(await context.readArgs(of), more),
    read: async (of, more) => run(await context.readArgs(of), more),
    whole: () => {
      whole ??= context.read().then((ran) => {
        must(ran.code === 0, `a plain read ends with ${ran.code ?? ran.signal}`, tail(ran));
        return ran;
      });
      return whole;
    },
    missing: async (expected, got) => {
      const book = new RecordBook(await suite.streams(), options);
      if (!options.live) return book.missing(expected, got);
      const now = await context.read();
      must(now.code === 0, `a plain read ends with ${now.code ?? now.signal}`, tail(now));
      return book.missing(book.unchanged(expected, now.output.records), got);
    },
    differences: async (expected, got) => {
      if (options.live) return context.missing(expected, got);
      return new RecordBook(await suite.streams(), options).differences(expected, got);
    },
    hostile: async (faults, seed) => {
      const { config, baseUrl } = await context.fixture();
      const { withBaseUrl } = options;
      if (!baseUrl || !withBaseUrl) skip('needs `baseUrl` and `withBaseUrl`');
      const api = await startHostileApi({ upstream: baseUrl, faults, seed });
      place.owns(() => api.stop());
      return { api, config: withBaseUrl(config as never, api.url) };
    },
  };
  return context;
}

/** A configured catalog of these streams: incremental where they can, unless told otherwise. */
export function configured(
  streams: readonly CatalogStream[],
  mode?: 'full_refresh' | 'incremental',
): { streams: object[] } {
  return {
    streams: streams.map((stream) => ({
      stream,
      sync_mode:
        mode ?? (stream.supported_sync_modes.includes('incremental') ? 'incremental' : 'full_refresh'),
      destination_sync_mode: 'append',
      ...(stream.default_cursor_field ? { cursor_field: stream.default_cursor_field } : {}),
      ...(stream.source_defined_primary_key ? { primary_key: stream.source_defined_primary_key } : {}),
    })),
  };
}

/** Skips a check that compares what cannot be told from a change of the data. */
export function needsStillData({ options }: SourceSuite): void {
  if (options.live) skip('needs data that hold still: run it against a recording');
}

/** Names alone, for the protocol checker: what records hold is a check of its own. */
export function namesOf(streams: readonly CatalogStream[]): Array<{ name: string; namespace?: string }> {
  return streams.map(({ name, namespace }) => ({ name, namespace }));
}

export function isIncremental({ supported_sync_modes: modes }: CatalogStream): boolean {
  return modes.includes('incremental');
}

/** What may appear nowhere of a config. */
export async function secretsIn(suite: SourceSuite, config: object): Promise<SecretFinder> {
  return secretFinder(await suite.spec(), config);
}
