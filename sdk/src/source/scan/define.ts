import { SystemError } from '../../errors.ts';
import type { Page } from '../../protocol/page.ts';
import type { SplitOptions, TimeRange } from '../cursors/split-window.ts';
import type { Listing, Partition, RecordShape, Stream, StreamBase } from '../define.ts';
import { type Select, selectFor } from '../select.ts';
import { shapeOf } from '../shape.ts';
import type { Entries, SentEntries } from './entries.ts';

/** A record of the scan, as the streams of its entries see it: the issue of comments. */
export interface Parent<R extends string = string> extends Partition {
  /** Its id. */
  readonly key: string;
  readonly page: Page<string, R>;
  readonly row: number;
  /** Its place in the scan's order, ms since 1970. */
  readonly time: number;
  /** Entries from before this instant were sent earlier; undefined: all entries are wanted. */
  readonly since: number | undefined;
  /** Whether the next scan requests its entries again in any case, because it is in the younger half of the lookback. */
  readonly isAskedAgain: boolean;
  /** Entries may be added to it for a long time, or were added late; see `LateRecords`. */
  readonly isOpen: boolean;
}

/** The window of a partition's scan; see `TimeWindowOptions`. */
export interface ScanWindow {
  readonly safetyMinutes: number;
  readonly start?: number;
  /** A scan over a shorter range is not counted when it begins. Default: 1440. */
  readonly countFromMinutes?: number;
  readonly split?: SplitOptions;
}

/** The arguments of a scan's calls. */
export interface ScanContext<Api, P extends Partition, R extends string> {
  readonly api: Api;
  readonly partition: P;
  /** The selected streams that the call serves. What has to be requested depends on them. */
  readonly streams: ReadonlySet<string>;
  readonly select: Select<R>;
}

/**
 * A scan over records that several streams share. It reads the union of what they need, once. Each stream sends its part
 * and has its own state.
 */
export interface ScanDefinition<Api, P extends Partition, R extends string> {
  /** Its name in logs. */
  readonly name: string;
  /** The values of a record that the scan and its streams use; see `StreamDefinition.record`. */
  readonly record: Readonly<Record<R, string>>;
  /** The value that identifies a record. */
  readonly key: NoInfer<R>;
  /** The value that orders the scan: a timestamp that is updated by each change. */
  readonly value: NoInfer<R>;
  /** See `StreamDefinition.partitions`. */
  readonly partitions: (api: Api, listing: Listing) => Promise<readonly P[]> | AsyncIterable<P>;
  readonly window: (api: Api, partition: P) => ScanWindow;
  /**
   * Pages of the records of a range, in order; see `timeWindow`. Records that cannot be read are in `Page.unreadable`:
   * each stream owes them, reports their keys as an error, and requests them again with `fetch`.
   */
  readonly read: (context: ScanContext<Api, P, R> & { readonly range: TimeRange }) => AsyncIterable<Page>;
  /**
   * About how many records a range has; undefined if the vendor does not say. If `read` and `ids` together return fewer,
   * by more than 20 and 2 %, the streams fail (`cursor.short`), and the next run reads the range again.
   */
  readonly count?: (api: Api, partition: P, range: TimeRange) => Promise<number | undefined>;
  /** The keys of all records of a range, as cheaply as possible. Called if the count says that some were missed. */
  readonly ids?: (api: Api, partition: P, range: TimeRange) => AsyncIterable<readonly string[]>;
  /**
   * Records by their keys, at most 100, as `read` returns them, without those that are gone. If it fails, perhaps because
   * of one record, it is called again for halves of the keys, down to that one. Leave it out if the vendor only has
   * lists: then the position of a stream stays before what it could not read, and the next run reads on from there.
   * Nothing is reconciled then, and `arrival` is not possible.
   */
  readonly fetch?: (
    context: ScanContext<Api, P, R> & { readonly ids: readonly string[] },
  ) => AsyncIterable<Page>;
  /**
   * Throws if the partition is no longer visible, because then missing records prove nothing. Called before an empty
   * range without a count is believed, and before missing entries are (`doubt`).
   */
  readonly confirm?: (api: Api, partition: P) => Promise<void>;
  /**
   * How the scan notices that a record became visible to the account since it was last read, for example because it was
   * moved: `at` finds it in an entry of `stream`. All entries of such a record are sent, and streams outside of the scan
   * (`owing`, which follow `stream`) owe its key in their partition `''`. This works only if `stream` is selected; it is
   * then read before the others. Its `read` must return all entries of a record, whatever `since` is, because a stream
   * that is behind needs what was found earlier.
   */
  readonly arrival?: Arrival;
  /** Older records whose entries may have changed although the records did not. Needs `fetch`. */
  readonly late?: LateRecords<Api, P, R>;
}

/**
 * Records that were last changed before the lookback, and whose entries may have changed since the last scan: a late
 * comment on an old pull request. Streams of entries with a `lookbackMs` read them, in each scan but the first, before the
 * windows. They move no position.
 */
export interface LateRecords<Api, P extends Partition, R extends string> {
  /** Whether entries may be added to the record for a long time. What was sent of them is remembered that long. */
  readonly isOpen: (page: Page<string, R>, row: number) => boolean;
  /**
   * Pages of the records that were last changed in `range`, in the scan's order. Records none of whose entries changed
   * after `since` (ms since 1970) may be left out. If it fails, the streams of entries keep their positions, because the
   * next scan would no longer look for entries that are as old.
   */
  readonly read: (
    context: ScanContext<Api, P, R> & { readonly range: TimeRange; readonly since: number },
  ) => AsyncIterable<Page>;
}

/** See `ScanDefinition.arrival`. */
export interface Arrival {
  readonly stream: string;
  /** When the record became visible, according to this entry (ms since 1970); undefined: the entry is about something else. */
  readonly at: (page: Page, row: number) => number | undefined;
  readonly owing?: readonly string[];
}

/** A scan, as its streams refer to it. */
interface ScanOpener {
  readonly open: (api: unknown) => OpenScan;
}

/** A scan, once its API is open. */
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

/** The entries of a stream, once its API is open. */
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
  /** The parent, with anything else that the entries themselves do not have. */
  readonly owner: O;
}

type Described = Pick<
  StreamBase<never>,
  'name' | 'description' | 'schema' | 'primaryKey' | 'after' | 'follows' | 'stateVersion'
> & {
  /** The column that the catalog shows as the cursor, if the stream has one. A scan is always incremental. */
  readonly cursorField?: string;
};

/** The stream of a scan's own records. */
export interface RecordsDefinition<Api, P extends Partition, R extends string>
  extends Described,
    Pick<StreamBase<Api, P, undefined, R>, 'context' | 'access'> {}

/** A stream of entries that belong to a scan's records. */
export interface EntriesDefinition<
  Api,
  P extends Partition,
  R extends string,
  E extends string,
  O extends Parent<R>,
> extends Described,
    Pick<StreamBase<Api>, 'access'> {
  /** The values of an entry that are used. */
  readonly record?: Readonly<Record<E, string>>;
  /** How the stream knows which entries it has sent: `entriesByTime` or `entriesByBytes`. */
  readonly sent: Entries<NoInfer<E>, O>;
  /** The entries of the records of the last so many ms are requested again by each scan, because they change unseen. */
  readonly lookbackMs?: (api: Api) => number;
  /**
   * `entriesByBytes` remembers the entries of the records of the last so many ms, although they are only requested again
   * if their record changes. Default: `lookbackMs`.
   */
  readonly keepMs?: (api: Api) => number;
  /** The most records per call of `read`, if each of them needs its own requests. Default: those of a few pages. */
  readonly atOnce?: number;
  /**
   * The entries of some records, in the order of the records. They are held until they are complete. If they exceed
   * 32 MiB, it is called again for fewer records. If it fails, perhaps because of one record (a refusal, a 5xx, a time-out,
   * a DataError), it is called again for halves of them. The record that cannot be read is owed, by this stream alone,
   * and the others come.
   */
  readonly read: (context: {
    readonly api: Api;
    readonly partition: P;
    readonly parents: ReadonlyArray<Parent<R>>;
    readonly select: Select<E>;
    /**
     * Call it if a record's entries did not come, as if it were gone. The result then counts only after `confirm` of the
     * scan has succeeded.
     */
    readonly doubt: () => void;
  }) => AsyncIterable<OwnedPage<E, O>>;
  /** Context fields of each entry; see `StreamDefinition.context`. */
  readonly context?: {
    readonly [name: string]: (
      page: Page<string, E>,
      row: number,
      owner: O,
    ) => string | number | null | undefined;
  };
}

/** A scan, from which the streams that share it are defined. */
export interface SharedScan<Api, P extends Partition, R extends string> {
  records(definition: RecordsDefinition<Api, P, R>): Stream<Api>;
  entries<E extends string = never, O extends Parent<R> = Parent<R>>(
    definition: EntriesDefinition<Api, P, R, E, O>,
  ): Stream<Api>;
}

/** Defines a scan: `defineScan<Api>()({ … })`. The type of the API is given, the others are inferred. */
export function defineScan<Api>(): <P extends Partition, R extends string>(
  definition: ScanDefinition<Api, P, R>,
) => SharedScan<Api, P, R> {
  return <P extends Partition, R extends string>(definition: ScanDefinition<Api, P, R>) => {
    const needsFetch = definition.arrival ? 'an arrival' : definition.late && 'late records';
    if (needsFetch && !definition.fetch)
      throw new SystemError(`the scan of ${definition.name} has ${needsFetch} and no fetch`, {
        code: 'scan.no_fetch',
        place: definition.name,
        hint: `such a record may be owed, and is then fetched by its key, so the scan needs a fetch, or must do without ${needsFetch}`,
      });
    /** The names of the records' context fields, because the vendor's members with these names are kept. */
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
