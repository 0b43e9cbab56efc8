import { SystemError } from '../../errors.ts';
import type { Page } from '../../protocol/page.ts';
import type { SplitOptions, TimeRange } from '../cursors/split-window.ts';
import type { Listing, Partition, RecordShape, Stream, StreamBase } from '../define.ts';
import { type Select, selectFor } from '../select.ts';
import { shapeOf } from '../shape.ts';
import type { Entries, SentEntries } from './entries.ts';

/** A record of the scan as the streams of its entries see it: an issue and its comments. */
export interface Parent<R extends string = string> extends Partition {
  /** Its id. */
  readonly key: string;
  readonly page: Page<string, R>;
  readonly row: number;
  /** Its place in the scan's order, ms since 1970. */
  readonly time: number;
  /** What its entries say before this instant went out earlier; undefined: all of them are wanted. */
  readonly since: number | undefined;
  /** Whether the next scan asks for its entries again in any case: it is young among what is looked back at. */
  readonly isAskedAgain: boolean;
}

/** How a partition's scan goes: see `TimeWindowOptions`. */
export interface ScanWindow {
  readonly safetyMinutes: number;
  readonly start?: number;
  /** → 1440. A scan over less is not counted when it begins. */
  readonly countFromMinutes?: number;
  readonly split?: SplitOptions;
}

/** What a scan's calls are given. */
export interface ScanContext<Api, P extends Partition, R extends string> {
  readonly api: Api;
  readonly partition: P;
  /** The selected streams that are served: what has to be asked for depends on them. */
  readonly streams: ReadonlySet<string>;
  readonly select: Select<R>;
}

/**
 * A scan over records that several streams share: it is made once, over the union of what they need, and each
 * of them sends its part and keeps a state of its own.
 */
export interface ScanDefinition<Api, P extends Partition, R extends string> {
  /** Names it in logs. */
  readonly name: string;
  /** The values of a record that the scan and its streams look at; see `StreamDefinition.record`. */
  readonly record: Readonly<Record<R, string>>;
  /** Which of them identifies a record. */
  readonly key: NoInfer<R>;
  /** Which of them orders the scan: a timestamp that moves on each change. */
  readonly value: NoInfer<R>;
  /** See `StreamDefinition.partitions`. */
  readonly partitions: (api: Api, listing: Listing) => Promise<readonly P[]> | AsyncIterable<P>;
  readonly window: (api: Api, partition: P) => ScanWindow;
  /**
   * Pages of the records of a range, in its order; see `timeWindow`. Records that stand there and cannot be read are
   * named in `Page.unreadable`: each stream owes them, fails with their keys, and asks for them again by `fetch`.
   */
  readonly read: (context: ScanContext<Api, P, R> & { readonly range: TimeRange }) => AsyncIterable<Page>;
  /**
   * How many records a range holds, about; undefined where the vendor does not say. If `read` and `ids` together bring
   * less, by more than 20 and 2 %, the streams fail (`cursor.short`) and the range is read again by the next run.
   */
  readonly count?: (api: Api, partition: P, range: TimeRange) => Promise<number | undefined>;
  /** The keys of all records of a range, as cheaply as the vendor can: where the count says that some were missed. */
  readonly ids?: (api: Api, partition: P, range: TimeRange) => AsyncIterable<readonly string[]>;
  /**
   * Records by their keys, at most 100, as `read` brings them; what is gone is left out. If it fails, perhaps because
   * of one record, it is called again for halves of the keys, down to that one. Absent, for a vendor that gives records
   * by lists alone: the position of a stream stays before what it could not read, and the next run reads on from there;
   * nothing is reconciled, and there can be no `arrival`.
   */
  readonly fetch?: (
    context: ScanContext<Api, P, R> & { readonly ids: readonly string[] },
  ) => AsyncIterable<Page>;
  /**
   * Throws where the partition can no longer be seen: what did not come says nothing then. Asked when a range was
   * read in which nothing is counted, and where entries did not come (`doubt`), before either is believed.
   */
  readonly confirm?: (api: Api, partition: P) => Promise<void>;
  /**
   * How it is known that a record came into the account's sight since it was last read (it was moved): `at` says so
   * of an entry of `stream`. All entries of such a record are sent, and streams outside of the scan (`owing`, which
   * follow `stream`) owe its key in their partition `''`. Known only where `stream` is selected; then it is read
   * before the others. Its `read` brings all entries of a record, whatever `since`: a stream that is behind asks for
   * what it told before.
   */
  readonly arrival?: Arrival;
}

/** See `ScanDefinition.arrival`. */
export interface Arrival {
  readonly stream: string;
  /** When the record came into sight, as this entry says (ms since 1970); undefined: it says nothing of it. */
  readonly at: (page: Page, row: number) => number | undefined;
  readonly owing?: readonly string[];
}

/** A scan as its streams hold it; what it is made of is the engine's. */
interface ScanOpener {
  readonly open: (api: unknown) => OpenScan;
}

/** A scan once its API is open. */
export interface OpenScan {
  readonly definition: ScanDefinition<unknown, Partition, string>;
  readonly api: unknown;
  readonly select: Select<string>;
}

/** A stream that shares a scan. */
export interface ScannedStream extends RecordShape {
  readonly scan: ScanOpener;
  /** Undefined: it sends the scan's own records. */
  readonly entries: OpenEntries | undefined;
}

/** The entries of a stream once its API is open. */
export interface OpenEntries {
  read(partition: Partition, parents: readonly Parent[], doubt: () => void): AsyncIterable<OwnedPage>;
  readonly sent: SentEntries;
  /** See `EntriesDefinition.lookbackMs`. */
  readonly lookbackMs: number;
  /** See `EntriesDefinition.keepMs`. */
  readonly keepMs: number;
  /** See `EntriesDefinition.atOnce`. */
  readonly atOnce: number | undefined;
}

/** A page of entries that belong to one parent. */
export interface OwnedPage<R extends string = string, O extends Parent = Parent> {
  readonly page: Page<string, R>;
  /** The parent, with what else the entries do not say about themselves. */
  readonly owner: O;
}

type Described = Pick<
  StreamBase<never>,
  'name' | 'description' | 'schema' | 'primaryKey' | 'after' | 'follows' | 'stateVersion'
> & {
  /** The column that the catalog shows as the cursor, if one of the stream's own does: a scan is always incremental. */
  readonly cursorField?: string;
};

/** The stream of a scan's own records. */
export interface RecordsDefinition<Api, P extends Partition, R extends string>
  extends Described,
    Pick<StreamBase<Api, P, undefined, R>, 'context' | 'access'> {}

/** A stream of what belongs to a scan's records. */
export interface EntriesDefinition<
  Api,
  P extends Partition,
  R extends string,
  E extends string,
  O extends Parent<R>,
> extends Described,
    Pick<StreamBase<Api>, 'access'> {
  /** The values of an entry that are looked at. */
  readonly record?: Readonly<Record<E, string>>;
  /** How it is known which entries went out already: `entriesByTime` or `entriesByBytes`. */
  readonly sent: Entries<NoInfer<E>, O>;
  /** The entries of the records of the last so many ms are requested again by each scan, because they change unseen. */
  readonly lookbackMs?: (api: Api) => number;
  /**
   * `entriesByBytes` remembers the entries of the records of the last so many ms, although they are only requested again
   * if their record changes. Default: `lookbackMs`.
   */
  readonly keepMs?: (api: Api) => number;
  /** Records that `read` is given at most; → those of a few pages. Fewer where each of them takes requests of its own. */
  readonly atOnce?: number;
  /**
   * The entries of some records, in the records' order. What it yields is held until all of it is there: with more
   * than 32 MiB it is asked again for fewer records. If it fails, perhaps because of one record (a refusal, a 5xx, a
   * time-out, a DataError), it is asked again for halves of them: the one that cannot be read is owed, by this stream
   * alone, and the others come.
   */
  readonly read: (context: {
    readonly api: Api;
    readonly partition: P;
    readonly parents: ReadonlyArray<Parent<R>>;
    readonly select: Select<E>;
    /**
     * To be called where a record's entries did not come, as if it were gone: what was read counts only once the
     * scan's `confirm` has seen the partition.
     */
    readonly doubt: () => void;
  }) => AsyncIterable<OwnedPage<E, O>>;
  /** Members spliced into each entry; see `StreamDefinition.context`. */
  readonly context?: {
    readonly [name: string]: (
      page: Page<string, E>,
      row: number,
      owner: O,
    ) => string | number | null | undefined;
  };
}

/** A scan: makes the streams that share it. */
export interface SharedScan<Api, P extends Partition, R extends string> {
  records(definition: RecordsDefinition<Api, P, R>): Stream<Api>;
  entries<E extends string = never, O extends Parent<R> = Parent<R>>(
    definition: EntriesDefinition<Api, P, R, E, O>,
  ): Stream<Api>;
}

/** `defineScan<Api>()({ … })`: the API type is given, the others are inferred. */
export function defineScan<Api>(): <P extends Partition, R extends string>(
  definition: ScanDefinition<Api, P, R>,
) => SharedScan<Api, P, R> {
  return <P extends Partition, R extends string>(definition: ScanDefinition<Api, P, R>) => {
    if (definition.arrival && !definition.fetch)
      throw new SystemError(`the scan of ${definition.name} has an arrival and no fetch`, {
        code: 'scan.no_fetch',
        place: definition.name,
        hint: 'a record that came into sight is owed, and fetched by its key: give the scan a fetch, or no arrival',
      });
    /** What the vendor says under the names of the records' context fields is looked at too. */
    let own: readonly string[] = [];
    const scan: ScanOpener = {
      open: (api) => ({
        definition: definition as unknown as OpenScan['definition'],
        api,
        select: selectFor<string>(definition.record, own),
      }),
    };
    return {
      records({ context = {}, ...described }) {
        own = Object.keys(context);
        const paths = Object.values<string>(definition.record);
        const shape = shapeOf(described, paths, context);
        return { ...described, incremental: true, open: () => ({ ...shape, scan, entries: undefined }) };
      },
      entries<E extends string, O extends Parent<R>>({
        context = {},
        record,
        read,
        sent,
        lookbackMs,
        keepMs,
        atOnce,
        ...described
      }: EntriesDefinition<Api, P, R, E, O>) {
        const select = selectFor<E>(record, Object.keys(context));
        const shape = shapeOf(described, Object.values<string>(record ?? {}), context);
        return {
          ...described,
          incremental: true,
          open: (api: Api) => ({
            ...shape,
            scan,
            entries: {
              read: (partition: Partition, parents: readonly Parent[], doubt: () => void) =>
                read({
                  api,
                  partition: partition as P,
                  parents: parents as ReadonlyArray<Parent<R>>,
                  select,
                  doubt,
                }) as AsyncIterable<OwnedPage>,
              sent: sent as unknown as SentEntries,
              lookbackMs: lookbackMs?.(api) ?? 0,
              keepMs: keepMs?.(api) ?? 0,
              atOnce,
            },
          }),
        };
      },
    };
  };
}
