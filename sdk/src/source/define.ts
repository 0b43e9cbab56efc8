import type { z } from 'zod';
import type { HttpClient, HttpOptions, UpdateConfig } from '../http/index.ts';
import type { CatalogStream, JsonObject, SyncMode } from '../protocol/messages.ts';
import type { Page } from '../protocol/page.ts';
import type { Log } from '../runtime/log.ts';
import type { Cursor, WholeCursor } from './cursor.ts';
import { withoutCursor } from './cursor-field.ts';
import type { ScannedStream } from './scan/define.ts';
import { type Select, selectFor } from './select.ts';
import { shapeOf } from './shape.ts';

/** A part of a stream that is read by itself and has its own state: a project, a job. */
export interface Partition {
  /** Stays the same for as long as the thing exists, e.g. a project's id: keys and names are changed. */
  readonly key: string;
}

/** See `StreamDefinition.watches`. */
export interface Watch {
  /** The stream whose records these are. */
  readonly stream: string;
  /** The selected value of its records that is the id. */
  readonly key: string;
  /** The census's partition that a record belongs to; → the one that is named as the record's own. */
  readonly partition?: (page: Page, row: number, partition: Partition) => string;
}

/** What `partitions` is given besides. */
export interface Listing {
  /**
   * To be called for what cannot be looked into (a board, a folder) or is gone (a configured project): the stream is
   * INCOMPLETE and says so, the listing goes on. What the saved state has of it keeps its state.
   * @param where as it is told: `board 12`
   */
  readonly failed: (where: string, error: unknown) => void;
}

/** What `read` is given. */
export interface ReadContext<Api, P extends Partition, From, R extends string = never> {
  readonly api: Api;
  readonly partition: P;
  /** Where to begin, from the stream's cursor; undefined for a stream without one. */
  readonly from: From;
  /** What of an answer is looked at: `http.page(request, select('issues'))`. */
  readonly select: Select<R>;
  /**
   * Makes other streams owe records: they have to send them by their ids, in this run or, where it ends before, in
   * a later one. Their STATE that says so leaves before the next one of this stream. To be called before the page
   * is yielded that is the reason, and of streams that are read after this one (`follows`); one that
   * is not selected is told when it is: until then the STATE of this stream says what it owes.
   */
  readonly owe: Owe;
}

/** See `ReadContext.owe`. @param partition key of the partition that the ids belong to */
export type Owe = (streams: readonly string[], partition: string, ids: readonly string[]) => void;

/** What every stream has, incremental or not. */
export interface StreamBase<
  Api,
  P extends Partition = Partition,
  From = undefined,
  R extends string = never,
> {
  readonly name: string;
  /** For people: what a record is. Becomes the schema's description. */
  readonly description: string;
  /** The JSON schema of a record: true and open. Context fields stand in it. */
  readonly schema: { readonly properties: JsonObject };
  readonly primaryKey: readonly string[];
  /**
   * The values of a record that cursor, context and `read` look at, by paths of keys joined by dots:
   * `{ id: 'id', updated: 'fields.updated' }`. Nothing else of a record is ever decoded.
   */
  readonly record?: Readonly<Record<R, string>>;
  /**
   * Called once a run; absent: the stream is one partition. Where they are listed page by page, an async
   * generator lets the first ones be read while the others are still listed; where it throws, those that it found are
   * read and the stream is INCOMPLETE. `saved` are the partitions of the saved state: one that is no longer there and
   * not named keeps its state and is not read. Partitions that are found in others: `childrenOf`.
   */
  readonly partitions?: (
    api: Api,
    saved: Readonly<Record<string, JsonObject>>,
    listing: Listing,
  ) => Promise<readonly P[]> | AsyncIterable<P>;
  /**
   * Called once a part of a partition's scan (mostly one a run), side by side with others. A page is
   * written only when it was yielded whole (invariant 1). It runs a page ahead of the writer.
   */
  readonly read: (context: ReadContext<Api, P, From, R>) => AsyncIterable<Page>;
  /**
   * Members that are spliced into each record behind the vendor's: what the vendor's object does not say
   * about itself. A name that the record already has stays the vendor's. Undefined values are left out.
   */
  readonly context?: {
    readonly [name: string]: (
      page: Page<string, R>,
      row: number,
      partition: P,
    ) => string | number | null | undefined;
  };
  /** Resolves to the name of the permission that the credential lacks for this stream, or undefined. */
  readonly access?: (api: Api) => Promise<string | undefined>;
  /** Streams that are read to their end before this one begins, where they are selected. */
  readonly after?: readonly string[];
  /**
   * Streams that have ended, whatever became of them, before this one begins; `all`: every other one, of which at
   * least one has to be complete.
   */
  readonly follows?: readonly string[] | 'all';
  /**
   * For a `census`: whose records it misses when they are gone. Ids that go out with these streams are kept in its
   * state (`sent`) until a whole census, and that STATE leaves before theirs: what is deleted between its landing and
   * the next census is reported. So the stream ends when they have ended. If they are not read nothing changes.
   */
  readonly watches?: Watch | readonly Watch[];
  /** Raised when the states of partitions change their meaning, together with `migrateState`; → 1. */
  readonly stateVersion?: number;
  /** Called with the partitions of a state of a lower version. @throws DataError where it cannot be used */
  readonly migrateState?: (
    partitions: Readonly<Record<string, JsonObject>>,
    version: number,
  ) => Record<string, JsonObject>;
}

/** A stream that each read brings the changes of. */
export type IncrementalPart<Api, P extends Partition, From, R extends string> = Declared & {
  /**
   * Where reading begins and what a state holds. `select` is for what the cursor asks for itself: records by their ids.
   */
  readonly cursor: (api: Api, partition: P, select: Select<R>) => Cursor<From>;
};

/** That a stream is incremental: by the column that its cursor goes by, or by itself if no column shows that. */
export type Declared =
  | {
      readonly incremental?: true;
      /** The column that the catalog shows as the cursor. */
      readonly cursorField: string;
    }
  | { readonly incremental: true; readonly cursorField?: undefined };

/**
 * A stream that is read whole each time; if it has partitions, an interrupted read goes on with those that are not done.
 */
export interface WholePart<Api, P extends Partition, From, R extends string> {
  readonly incremental?: false;
  readonly cursorField?: undefined;
  /** Only `resumable({ token })`: goes on by the vendor's page tokens. */
  readonly cursor?: (api: Api, partition: P, select: Select<R>) => WholeCursor<From>;
}

/**
 * One stream. It yields pages of raw records in the cursor's order and knows nothing of state, stdout,
 * retries or other streams. It has a `cursor` and says that it is incremental (`cursorField`, or `incremental: true`),
 * or neither: one of them alone would be read once and never again, or in vain from its beginning each time.
 * @throws SystemError (`stream.cursor_field`) before anything is read, if it is not so
 */
export type StreamDefinition<
  Api,
  P extends Partition = Partition,
  From = undefined,
  R extends string = never,
> = StreamBase<Api, P, From, R> & (IncrementalPart<Api, P, From, R> | WholePart<Api, P, From, R>);

/** A stream whose type parameters are of interest to nobody but itself. */
export interface Stream<Api, Opened extends OpenStream | ScannedStream = OpenStream | ScannedStream>
  extends Omit<StreamBase<Api>, 'partitions' | 'record' | 'read' | 'context'> {
  /** See `Declared`. */
  readonly incremental?: boolean;
  readonly cursorField?: string;
  readonly open: (api: Api) => Opened;
  /** What `discover` shows as it stands, instead of what is made of the members above. */
  readonly catalogEntry?: CatalogStream;
}

/** Whether each read of a stream brings what changed since the last one; else it is read whole each time. */
export function isIncremental({
  incremental,
  cursorField,
}: Pick<Stream<never>, 'incremental' | 'cursorField'>): boolean {
  return incremental ?? cursorField !== undefined;
}

/** What of a stream's records is looked at when they are written. */
export interface RecordShape {
  /** Paths into a record that are never cut, however long it is: key, cursor, what else is looked at. */
  readonly keep: ReadonlyArray<readonly string[]>;
  readonly context: ReadonlyArray<{
    name: string;
    value: (page: Page, row: number, owner: Partition) => string | number | null | undefined;
  }>;
}

/** A stream as the engine reads it, made by `Stream.open` once the API is open. */
export interface OpenStream extends RecordShape {
  readonly scan?: undefined;
  /** @param saved the partitions of the saved state */
  partitions(
    saved: Readonly<Record<string, JsonObject>>,
    listing: Listing,
  ): Promise<readonly Partition[]> | AsyncIterable<Partition>;
  /** Undefined: the stream has none of its own. */
  readonly cursor: ((partition: Partition) => Cursor<unknown>) | undefined;
  read(partition: Partition, from: unknown, owe: Owe): AsyncIterable<Page>;
}

/** `defineStream<Api>()({ … })`: the API type is given, the others are inferred. */
export function defineStream<Api>(): <
  P extends Partition = Partition,
  From = undefined,
  R extends string = never,
>(
  definition: StreamDefinition<Api, P, From, R>,
) => Stream<Api, OpenStream> {
  return <P extends Partition, From, R extends string>(definition: StreamDefinition<Api, P, From, R>) => {
    const { partitions, cursor, record, read, context = {}, ...described } = definition;
    if (isIncremental(described) && !cursor) throw withoutCursor(described);
    const select = selectFor<R>(record, Object.keys(context));
    const shape = shapeOf(described, Object.values<string>(record ?? {}), context);
    return {
      ...described,
      open: (api) => ({
        ...shape,
        partitions: (saved, listing) => partitions?.(api, saved, listing) ?? Promise.resolve([{ key: '' }]),
        cursor: cursor && ((partition) => cursor(api, partition as P, select) as Cursor<unknown>),
        read: (partition, from, owe) =>
          read({ api, partition: partition as P, from: from as From, select, owe }),
      }),
    };
  };
}

/** What `open` is given besides the config. */
export interface OpenContext {
  /** Makes an HTTP client under this process's time, retries, logs and signals. */
  readonly http: (options: HttpOptions) => HttpClient;
  readonly log: Log;
  /**
   * Saves values of the config that the vendor replaced, e.g. a rotated refresh token, by their path:
   * `{ 'credentials.refresh_token': '…' }`. Resolves when they are safe (a CONTROL message was handed to
   * the system, or the config file is rewritten): only then may the new value be used.
   */
  readonly updateConfig: UpdateConfig;
  /** What a `read` was asked for; absent for `check` and `discover`. */
  readonly reading?: Reading;
}

/** A `read` as its caller asked for it. */
export interface Reading {
  /** Absent: every stream. */
  readonly streams?: ReadonlyArray<{ readonly name: string; readonly syncMode: SyncMode }>;
  /** As they were saved, per stream; null: from scratch. Whether they may be used is checked later. */
  readonly states: ReadonlyMap<string, JsonObject | null>;
  /** Aborted when the process is told to stop. */
  readonly signal: AbortSignal;
}

/** A config schema that stands as JSON schema: what a connector of another making brings. */
export interface JsonSchemaConfig<Config> {
  /** Draft 7, as it becomes the form. The config was checked against it before `parse` gets it. */
  readonly jsonSchema: JsonObject;
  parse(value: unknown): Config;
}

/** How what records refer to comes to be sent. */
export interface References {
  /** The stream that sends it; it owes the ids in its partition `''` (see `ReadContext.owe`, `owed`). */
  readonly to: string;
  /** Called with the bytes of each record of the others just before it is written; it calls `found` for each id. */
  readonly find: (record: Uint8Array, found: (id: string) => void) => void;
}

/** A source: what `spec`, `check`, `discover` and `read` need to know. */
export interface SourceDefinition<Config, Api> {
  /** The executable's name: `jira-source`. */
  readonly name: string;
  /** What it reads from, in one word: `jira`. A destination files records under it. */
  readonly vendor: string;
  readonly documentationUrl?: string;
  /** One schema: the form, the type, defaults, validation, secrets. */
  readonly config: z.ZodType<Config> | JsonSchemaConfig<Config>;
  /** Path of the option that says from when it reads, if there is one: `start_date`. */
  readonly start?: string;
  /** The host whose data this is; a state of another origin is refused, see `former`. */
  readonly origin: (config: Config) => string;
  /** For a vendor whose sites get renamed: states of the old name are taken, and leave with the new one. */
  readonly former?: {
    /** The option of the config that names the old address: the refusal of such a state hints at it. */
    readonly option: string;
    /** Origins, as `origin` makes them, of the states to carry over. */
    readonly origins: (config: Config) => readonly string[];
  };
  /** Called once, before anything is asked. */
  readonly open: (config: Config, context: OpenContext) => Api | Promise<Api>;
  /** Throws (ConfigError for what the user mends) where the credentials do not work. */
  readonly check: (api: Api) => Promise<void>;
  /** A function where what there is depends on the configuration; called once, after `open`. */
  readonly streams: readonly Stream<Api>[] | ((api: Api) => Promise<readonly Stream<Api>[]>);
  /** What records refer to and a stream sends by id (users, mostly). Called once; undefined: nothing is looked for. */
  readonly references?: (api: Api) => References | undefined;
  /**
   * What names of the config (keys of projects) stand for, as far as it is known: `{ ENG: '10000' }`. Called before
   * a STATE leaves, which carries it as `names`, with what earlier ones carried. It is found again in
   * `Reading.states`: a name that nobody sees any more was right once, or it never was.
   */
  readonly names?: (api: Api) => Readonly<Record<string, string>>;
  /** Called once when every stream of a `read` has ended. What it throws fails the run. */
  readonly close?: (api: Api, complete: boolean) => Promise<void>;
  /**
   * Called with an item of `--state` that is no STREAM state: one that the connector wrote when it ran on
   * another runtime. Returns what each stream's state would be, or undefined: it is not known.
   */
  readonly adoptState?: (state: JsonObject, config: Config) => ReadonlyMap<string, JsonObject> | undefined;
  /** How many requests may be under way at a time; → 8. */
  readonly concurrency?: (config: Config) => number;
}

/** A source whose types are its own business: what the engine works with. */
export type AnySource = SourceDefinition<unknown, unknown>;

/** A source from its definition; `runConnector` loads it as the default export of a module. */
export function defineSource<Config, Api>(definition: SourceDefinition<Config, Api>): AnySource {
  return definition as unknown as AnySource;
}
