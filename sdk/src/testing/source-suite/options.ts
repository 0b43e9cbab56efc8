import type { CatalogStream, ConnectorSpecification, JsonObject } from '../../protocol/messages.ts';

/** An API with data, and the config for reading it. */
export interface SourceFixture {
  /** A config that reads everything. */
  readonly config: object;
  /** The same with credentials that the API refuses. */
  readonly badConfig?: object;
  /** The API's base URL, as in `config`. A proxy with faults is put in front of it. */
  readonly baseUrl?: string;
  /** How many records the API has per stream; exactly that many must arrive. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Changes, adds or removes data, as users do. Called during a read. */
  readonly change?: () => void | Promise<void>;
  readonly stop: () => void | Promise<void>;
}

/** An API with rotating tokens: each refresh issues a new token and invalidates the old one. */
export interface RotatingFixture extends Omit<SourceFixture, 'change' | 'badConfig'> {
  /** The currently valid refresh token. */
  readonly token: () => string;
}

/** The options of `testSource` and `runConformance`. */
export interface SourceSuiteOptions {
  /** The program and its first arguments: `['bin/jira-source']`, `[process.execPath, 'dist/main.js']`. */
  readonly command: readonly string[];
  /** Starts an API with some hundred records. Called once per check; the data must always be the same. */
  readonly start: () => Promise<SourceFixture>;
  /** The config with another base URL. Without it, checks that need an API with faults are skipped. */
  readonly withBaseUrl?: (config: never, url: string) => object;
  /** The streams to test. Default: all that `discover` shows. */
  readonly streams?: readonly string[];
  /**
   * Whether the API is the vendor's own, with data that changes during the suite. If so, the suite reads once more
   * before comparing two reads and compares only what was the same before and after. Checks that need unchanging
   * data are skipped, and retries wait longer. Every check reads everything at least once, so name few `streams`,
   * and find out first what a read costs. Default: false.
   */
  readonly live?: boolean;
  readonly cwd?: string;
  /** Environment variables for the source's process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Streams that may have no records in this API. */
  readonly mayBeEmpty?: readonly string[];
  /** Streams without a primary key. */
  readonly keyless?: readonly string[];
  /** Streams whose records may have members that are not in their schema. */
  readonly extraColumns?: readonly string[];
  /**
   * Streams of what the records of other streams refer to. If one of those fails, they have fewer records, and rightly
   * say COMPLETE: the others' next read brings the rest.
   */
  readonly referenced?: readonly string[];
  /** Members of records that differ from read to read (e.g. when it was seen), per stream. */
  readonly volatile?: Readonly<Record<string, readonly string[]>>;
  /** Streams for which a 404 or 403 for a part is known to mean “nothing there”, as documented in their README. */
  readonly skips?: readonly string[];
  /**
   * From how many of its states to resume a read, evenly spread. Default: 25, or 3 for a `live` API. Infinity:
   * all.
   */
  readonly resumes?: number;
  /** Seeds for random faults. Default: `[1]`. More seeds take longer and find more. */
  readonly seeds?: readonly number[];
  /** The last release, for compatibility checks: `specs/<name>.json`. */
  readonly previous?: {
    readonly spec?: ConnectorSpecification | JsonObject;
    readonly catalog?: { readonly streams: readonly CatalogStream[] } | JsonObject;
  };
  /** Starts an API with 100 MB or more, for the slow reader and bounded memory. */
  readonly startBig?: () => Promise<SourceFixture>;
  /** The most resident memory of the process with that API, in MB. Default: 300. */
  readonly memoryMb?: number;
  /** Starts an API with a record of more than 20 MB. */
  readonly startOversized?: () => Promise<SourceFixture>;
  readonly startRotating?: () => Promise<RotatingFixture>;
}
