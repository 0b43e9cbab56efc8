import type { CatalogStream, JsonObject } from '../protocol/messages.ts';
import type { Page } from '../protocol/page.ts';
import type { Cursor, WholeCursor } from './cursor.ts';
import { withoutCursor } from './cursor-field.ts';
import type { ScannedStream } from './scan/define.ts';
import { type Select, selectFor } from './select.ts';
import { shapeOf } from './shape.ts';

/** A part of a stream that is read on its own and has its own state: a project, a job. */
export interface Partition {
  /** Must never change, like a project's id. Project keys and names do. */
  readonly key: string;
}

/** See `StreamDefinition.watches`. */
export interface Watch {
  /** The watched stream. */
  readonly stream: string;
  /** The selected value of its records that is the id. */
  readonly key: string;
  /** The partition of the census that a record belongs to. Default: the one with the key of the record's partition. */
  readonly partition?: (page: Page, row: number, partition: Partition) => string;
}

/** How `partitions` reports problems. */
export interface Listing {
  /**
   * Call it for anything that cannot be listed (a board, a folder) or is gone (a configured project). The stream is
   * INCOMPLETE and reports it, and the listing continues. The saved states of its partitions are kept.
   * @param where its name in messages: `board 12`
   */
  readonly failed: (where: string, error: unknown) => void;
}

/** The arguments of `read`. */
export interface ReadContext<Api, P extends Partition, From, R extends string = never> {
  readonly api: Api;
  readonly partition: P;
  /** Where to begin, according to the stream's cursor; undefined without a cursor. */
  readonly from: From;
  /** Selects the records of a response, and their values: `http.page(request, select('issues'))`. */
  readonly select: Select<R>;
  /**
   * Makes other streams owe records. They send them by their ids, in this run or, if it ends before that, in a later
   * one. Their STATE with these ids is sent before the next STATE of this stream. Call it before yielding the page that
   * is the reason, for streams that are read after this one (`follows`). If such a stream is not selected, the STATE of
   * this stream keeps the ids until it is.
   */
  readonly owe: Owe;
}

/** See `ReadContext.owe`. @param partition key of the partition that the ids belong to */
export type Owe = (streams: readonly string[], partition: string, ids: readonly string[]) => void;

/** The members of every stream, incremental or not. */
export interface StreamBase<
  Api,
  P extends Partition = Partition,
  From = undefined,
  R extends string = never,
> {
  readonly name: string;
  /** What a record is, for people. It becomes the description of the schema. */
  readonly description: string;
  /** The JSON schema of a record, including context fields. It must be correct, and allows other members. */
  readonly schema: { readonly properties: JsonObject };
  readonly primaryKey: readonly string[];
  /**
   * The values of a record that the cursor, `context` and `read` use, by their paths (keys joined by dots):
   * `{ id: 'id', updated: 'fields.updated' }`. Nothing else of a record is decoded.
   */
  readonly record?: Readonly<Record<R, string>>;
  /**
   * Called once per run. Absent: the stream is one partition. With an async generator, the first partitions are read
   * while others are still being listed; if it throws, those that it returned are read, and the stream is INCOMPLETE.
   * `saved` contains the partitions of the saved state. A saved partition that is not returned keeps its state and is not
   * read. For partitions that are found inside others, see `childrenOf`.
   */
  readonly partitions?: (
    api: Api,
    saved: Readonly<Record<string, JsonObject>>,
    listing: Listing,
  ) => Promise<readonly P[]> | AsyncIterable<P>;
  /**
   * Called once for each part of a partition's scan (usually one per run), concurrently with others. It is one page
   * ahead of the writer, which writes only whole pages (invariant 1).
   */
  readonly read: (context: ReadContext<Api, P, From, R>) => AsyncIterable<Page>;
  /**
   * Context fields: members that are added at the end of each record, because the vendor's object does not have them. If
   * the record already has a member of that name, it is left alone. Undefined values are left out.
   */
  readonly context?: {
    readonly [name: string]: (
      page: Page<string, R>,
      row: number,
      partition: P,
    ) => string | number | null | undefined;
  };
  /** Returns the name of the permission that the credential lacks for this stream, or undefined. */
  readonly access?: (api: Api) => Promise<string | undefined>;
  /** Streams that must be complete before this one is read, if they are selected. */
  readonly after?: readonly string[];
  /**
   * Streams that must have ended, complete or not, before this one is read. `all`: every other stream, and at least one
   * of them must be complete.
   */
  readonly follows?: readonly string[] | 'all';
  /**
   * For a `census`: the streams whose deleted records it reports. The ids that these streams send are kept in its state
   * (`sent`) until a complete census, and that STATE is sent before theirs. So a record that is deleted between its
   * arrival and the next census is reported too. The census ends after these streams. If they are not selected, this has
   * no effect.
   */
  readonly watches?: Watch | readonly Watch[];
  /** Increase it if the meaning of the partitions' states changes, and provide `migrateState`. Default: 1. */
  readonly stateVersion?: number;
  /** Called with the partitions of a state with a lower version. @throws DataError if it cannot be used */
  readonly migrateState?: (
    partitions: Readonly<Record<string, JsonObject>>,
    version: number,
  ) => Record<string, JsonObject>;
}

/** The members of a stream of which each read sends the changes. */
export type IncrementalPart<Api, P extends Partition, From, R extends string> = Declared & {
  /** What is new, and what the state contains. `select` is for requests of the cursor itself: records by their ids. */
  readonly cursor: (api: Api, partition: P, select: Select<R>) => Cursor<From>;
};

/** That a stream is incremental: by the column that its cursor uses, or by `incremental` if no column shows it. */
export type Declared =
  | {
      readonly incremental?: true;
      /** The column that the catalog shows as the cursor. */
      readonly cursorField: string;
    }
  | { readonly incremental: true; readonly cursorField?: undefined };

/** The members of a stream that is read completely each time. An interrupted read continues with the partitions that are not done. */
export interface WholePart<Api, P extends Partition, From, R extends string> {
  readonly incremental?: false;
  readonly cursorField?: undefined;
  /** Only `resumable({ token })`, which continues by the vendor's page tokens. */
  readonly cursor?: (api: Api, partition: P, select: Select<R>) => WholeCursor<From>;
}

/**
 * One stream. It yields pages of records in the cursor's order, and does not deal with state, stdout, retries or other
 * streams. It has both a `cursor` and a declaration that it is incremental (`cursorField`, or `incremental: true`), or
 * neither. With only one of them, it would be read once and never again, or its state would never be used.
 * @throws SystemError (`stream.cursor_field`) before anything is read, if it has only one of them
 */
export type StreamDefinition<
  Api,
  P extends Partition = Partition,
  From = undefined,
  R extends string = never,
> = StreamBase<Api, P, From, R> & (IncrementalPart<Api, P, From, R> | WholePart<Api, P, From, R>);

/** A stream of any record and cursor types. */
export interface Stream<Api, Opened extends OpenStream | ScannedStream = OpenStream | ScannedStream>
  extends Omit<StreamBase<Api>, 'partitions' | 'record' | 'read' | 'context'> {
  /** See `Declared`. */
  readonly incremental?: boolean;
  readonly cursorField?: string;
  readonly open: (api: Api) => Opened;
  /** The entry that `discover` shows, instead of one made from the members above. */
  readonly catalogEntry?: CatalogStream;
}

/** Whether each read of a stream sends only what changed since the last one. Otherwise it sends everything. */
export function isIncremental({
  incremental,
  cursorField,
}: Pick<Stream<never>, 'incremental' | 'cursorField'>): boolean {
  return incremental ?? cursorField !== undefined;
}

/** What is needed to write a stream's records. */
export interface RecordShape {
  /** Paths of values that are never cut, however long the record is: key, cursor, selected values. */
  readonly keep: ReadonlyArray<readonly string[]>;
  readonly context: ReadonlyArray<{
    name: string;
    value: (page: Page, row: number, owner: Partition) => string | number | null | undefined;
  }>;
}

/** A stream as the engine reads it. `Stream.open` creates it once the API is open. */
export interface OpenStream extends RecordShape {
  readonly scan?: undefined;
  /** @param saved the partitions of the saved state */
  partitions(
    saved: Readonly<Record<string, JsonObject>>,
    listing: Listing,
  ): Promise<readonly Partition[]> | AsyncIterable<Partition>;
  /** Undefined: the stream has no cursor. */
  readonly cursor: ((partition: Partition) => Cursor<unknown>) | undefined;
  read(partition: Partition, from: unknown, owe: Owe): AsyncIterable<Page>;
}

/** Defines a stream: `defineStream<Api>()({ … })`. The type of the API is given, the others are inferred. */
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
