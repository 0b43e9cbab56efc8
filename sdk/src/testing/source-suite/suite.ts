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
import { moved } from './moved.ts';
import type { SourceFixture, SourceSuiteOptions } from './options.ts';
import { RecordBook } from './records.ts';
import { findOwnRequests, type OwnRequests, readUntouched, type Untouched } from './requests.ts';

/** Results shared by all checks, computed by the first check that needs them. */
export interface SourceSuite {
  readonly options: SourceSuiteOptions;
  spec(): Promise<ConnectorSpecification>;
  /** The tested streams as shown by `discover`. */
  streams(): Promise<readonly CatalogStream[]>;
  /** The run of `discover`. */
  discovered(): Promise<Run>;
  /** A full read of an API without faults, with the fixture's config and a STATE at every possible place. */
  baseline(): Promise<Run>;
  /** A full read through a proxy without faults. */
  untouched(): Promise<Untouched>;
  /**
   * The baseline as a read from another address would bring it. Undefined if it cannot be known without a read: the
   * data change (`live`), or more than the address differs.
   */
  baselineAt(url: string): Promise<Run | undefined>;
  /** Each stream's own requests, which no other stream makes. They are the same in every fixture. */
  ownRequests(): Promise<readonly OwnRequests[]>;
}

interface ReadFiles {
  readonly config?: object;
  /** Default: every tested stream, in the best mode that it supports. */
  readonly catalog?: object;
  readonly state?: readonly StateMessage[] | string | object;
}

/** What one check works with: a fixture and its own files. */
export interface SourceContext extends SourceSuite, Workplace<SourceFixture> {
  /** Starts a `read` of this check's fixture. */
  startRead(of?: ReadFiles, options?: StartOptions): Promise<ConnectorProcess>;
  read(of?: ReadFiles, options?: StartOptions): Promise<Run>;
  /** A full read of this check's API, made once, with states to resume from. */
  whole(): Promise<Run>;
  /**
   * What a full read must bring, to compare records with: from this check's API, or through a proxy in front of it.
   * Saves a read if the suite has made it already. Do not resume from its states: they are another API's.
   */
  expected(through?: { readonly api: HostileApi; readonly config: object }): Promise<Run>;
  /**
   * Expected records that are missing or different. For an API whose data changes (`live`), only records that
   * another read finds unchanged are expected.
   */
  missing(expected: readonly SentRecord[], got: readonly SentRecord[]): Promise<string[]>;
  /** The same, plus unexpected records. */
  differences(expected: readonly SentRecord[], got: readonly SentRecord[]): Promise<string[]>;
  /** The arguments of a `read`. */
  readArgs(of?: ReadFiles): Promise<string[]>;
  /** A proxy in front of the fixture, and the config that uses it. Skips the check if that is not possible. */
  hostile(faults: readonly HostileFault[], seed?: number): Promise<{ api: HostileApi; config: object }>;
}

/** Frequent states and quick retries, for sources made with our SDK. Other sources ignore these. */
const QUICK = { HEADRACE_STATE_INTERVAL_MS: '0', HEADRACE_BACKOFF_MS: '5' };
/** The time limit of a check or a process for a live vendor, in ms. */
export const LIVE_TIMEOUT_MS = 3_600_000;
/** A vendor that fails must not get 200 requests per second. */
const LIVE = { HEADRACE_STATE_INTERVAL_MS: '0', HEADRACE_BACKOFF_MS: '250' };
/** Node compiles a connector once, not once per process. */
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
    baseline: async () => (await plain()).run,
    untouched: once(readUntouched),
    ownRequests: once(findOwnRequests),
    baselineAt: async (url) => {
      if (!(await isMovable())) return undefined;
      const { run, baseUrl } = await plain();
      return moved(run, baseUrl!, url);
    },
  };
  const plain = once(async ({ read, fixture }) => {
    const run = await read();
    must(run.code === 0, `a plain read ends with ${run.code ?? run.signal}`, tail(run));
    return { run, baseUrl: (await fixture()).baseUrl };
  });
  /** Whether two reads of two fixtures bring the same, apart from the address. */
  const isMovable = once(async () => {
    const { run, baseUrl } = await plain();
    if (options.live || !baseUrl || !options.withBaseUrl) return false;
    // If that read fails, the checks that need it say so.
    const other = await suite.untouched().catch(() => undefined);
    if (!other) return false;
    const book = new RecordBook(await suite.streams(), options);
    const there = moved(run, baseUrl, other.url).output.records;
    return book.differences(there, other.run.output.records).length === 0;
  });
  return suite;
}

/** Opens the context for a check. */
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
    expected: async (through) => {
      const url = through?.api.url ?? (await context.fixture()).baseUrl;
      const known = url === undefined ? undefined : await suite.baselineAt(url);
      if (known || !through) return known ?? context.whole();
      const ran = await context.read({ config: through.config });
      must(ran.code === 0, 'a read through a proxy that does nothing', tail(ran));
      return ran;
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

/** A configured catalog of these streams: incremental if supported, unless told otherwise. */
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

/** Skips a check whose comparison cannot distinguish a fault from a change of the data. */
export function needsStillData({ options }: SourceSuite): void {
  if (options.live) skip('needs data that hold still: run it against a recording');
}

/** Only the names, for the protocol checker: the contents of records have their own check. */
export function namesOf(streams: readonly CatalogStream[]): Array<{ name: string; namespace?: string }> {
  return streams.map(({ name, namespace }) => ({ name, namespace }));
}

export function isIncremental({ supported_sync_modes: modes }: CatalogStream): boolean {
  return modes.includes('incremental');
}

/** A finder for the config's secrets, which must not appear anywhere. */
export async function secretsIn(suite: SourceSuite, config: object): Promise<SecretFinder> {
  return secretFinder(await suite.spec(), config);
}
