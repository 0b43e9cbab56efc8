import type { CatalogStream, ConnectorSpecification, JsonObject } from '../../protocol/messages.ts';

/** An API to read from, with data in it, and the config that reads it. */
export interface SourceFixture {
  /** Reads everything. */
  readonly config: object;
  /** The same with credentials that the API refuses. */
  readonly badConfig?: object;
  /** The API's address, as it stands in `config`: a misbehaving proxy is put in front of it. */
  readonly baseUrl?: string;
  /** How many records the API holds, per stream: as many must arrive. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Changes, adds to or removes from the data, as users do all day: called while a read is under way. */
  readonly change?: () => void | Promise<void>;
  readonly stop: () => void | Promise<void>;
}

/** An API whose tokens rotate: each refresh makes a new one and the old one is of no use any more. */
export interface RotatingFixture extends Omit<SourceFixture, 'change' | 'badConfig'> {
  /** The refresh token that the API would take now. */
  readonly token: () => string;
}

/** What `testSource` and `runConformance` are told of a source. */
export interface SourceSuiteOptions {
  /** The program and its first arguments: `['bin/jira-source']`, `[process.execPath, 'dist/main.js']`. */
  readonly command: readonly string[];
  /** Starts an API with some hundred records; called once a check, always with the same data. */
  readonly start: () => Promise<SourceFixture>;
  /** The config with another address in it: without it nothing that needs a misbehaving API is tested. */
  readonly withBaseUrl?: (config: never, url: string) => object;
  /** The streams to test; → all that `discover` shows. */
  readonly streams?: readonly string[];
  /**
   * The API is the vendor's own, with data that change while the suite reads. Where two reads are compared it reads once
   * more, and goes by what was the same before and after; what needs data that hold still is skipped; retries wait
   * longer. Every check reads everything at least once: name few `streams`, and see what a read costs first. → false
   */
  readonly live?: boolean;
  readonly cwd?: string;
  /** Environment variables for the source's process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Streams that may have no records in this API. */
  readonly mayBeEmpty?: readonly string[];
  /** Streams that have no primary key. */
  readonly keyless?: readonly string[];
  /** Streams whose records may have members that their schema does not name. */
  readonly extraColumns?: readonly string[];
  /** Members of records that differ from read to read (when it was seen), per stream. */
  readonly volatile?: Readonly<Record<string, readonly string[]>>;
  /** Streams for which a 404 or 403 of a part is known to mean “nothing there”, as their README says. */
  readonly skips?: readonly string[];
  /** From how many of its states reading is resumed, spread evenly; → 25, of a `live` API 3. Infinity: from each. */
  readonly resumes?: number;
  /** Seeds of the faults that are drawn by chance; → `[1]`. More of them take longer and find more. */
  readonly seeds?: readonly number[];
  /** The last release's, for what must stay as it was: `specs/<name>.json`. */
  readonly previous?: {
    readonly spec?: ConnectorSpecification | JsonObject;
    readonly catalog?: { readonly streams: readonly CatalogStream[] } | JsonObject;
  };
  /** Starts an API with some 100 MB or more: for a slow reader and bounded memory. */
  readonly startBig?: () => Promise<SourceFixture>;
  /** Most resident memory of the process with that, in MB; → 300. */
  readonly memoryMb?: number;
  /** Starts an API with a record of more than 20 MB. */
  readonly startOversized?: () => Promise<SourceFixture>;
  readonly startRotating?: () => Promise<RotatingFixture>;
}
