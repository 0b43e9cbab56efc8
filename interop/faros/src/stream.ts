import { ConfigError, type Log, type OpenStream, type Page, type Stream } from '@headrace/sdk';
import type { CatalogStream, FarosConfig, FarosStream, JsonObject } from './cdk.ts';
import { type Beside, type FarosFrom, farosCursor } from './cursor.ts';
import { asFarosError } from './errors.ts';
import type { FarosOptions } from './options.ts';
import { readSlices } from './slices.ts';
import type { Turns } from './turns.ts';

/** What the streams of one run share. */
export interface FarosRun {
  readonly config: FarosConfig;
  readonly options: FarosOptions;
  readonly log: Log;
  readonly signal: AbortSignal | undefined;
  /** The source's own state per stream. */
  readonly states: Readonly<Record<string, JsonObject>>;
  readonly beside: Beside | undefined;
  /** Undefined if streams are read concurrently. */
  readonly turns: Turns | undefined;
}

/** The catalog entry of a CDK stream. Its null values mean the same as absent ones. */
export function entryOf(stream: FarosStream): CatalogStream {
  return stream.asAirbyteStream() as CatalogStream;
}

/** Converts a CDK stream. @param isLeftOut true if the source excluded the stream from this run */
export function streamOf(faros: FarosStream, run: FarosRun, isLeftOut: boolean): Stream<unknown> {
  const entry = entryOf(faros);
  const { name, json_schema: schema } = entry;
  return {
    name,
    description: String(schema.description ?? ''),
    schema: { properties: (schema.properties ?? {}) as JsonObject },
    // For a nested key, name the top-level field, which is kept as a whole.
    primaryKey: (entry.source_defined_primary_key ?? []).map((path) => path[0]!),
    incremental: faros.supportsIncremental,
    cursorField: faros.supportsIncremental ? entry.default_cursor_field?.[0] : undefined,
    after: faros.dependencies ?? [],
    catalogEntry: entry,
    open: () => (isLeftOut ? nothing(name, run) : opened(faros, entry, run)),
  };
}

/** The paths to keep in a record that exceeds the line limit. */
function keptOf({
  source_defined_primary_key: keys = [],
  default_cursor_field: cursor = [],
}: CatalogStream): string[][] {
  return [...keys, cursor].filter((path) => path.length > 0);
}

function opened(faros: FarosStream, entry: CatalogStream, run: FarosRun): OpenStream {
  const { config, options, log } = run;
  return {
    partitions: async () => [{ key: '' }],
    cursor: () =>
      farosCursor({
        state: run.states[faros.name] ?? {},
        beside: run.beside,
        backfill: config.backfill === true,
        supportsIncremental: faros.supportsIncremental,
        turns: run.turns,
      }),
    read: (_partition, from) => {
      const { end, ...begin } = from as FarosFrom;
      const pages = readSlices({
        ...begin,
        stream: faros,
        cursorField: faros.supportsIncremental ? entry.default_cursor_field : undefined,
        config,
        independent: options.independentSlices?.includes(faros.name) ?? false,
        nonFatal: options.nonFatal ?? 'slice',
        log,
        now: () => performance.now(),
      });
      return inTurn(pages, end, run.signal);
    },
    context: [],
    keep: keptOf(entry),
  };
}

/**
 * A stream that the source excludes from this run (because of its run mode, or because it was read recently). It
 * reads nothing and keeps its state. In a full refresh that is an error, because the stream would look empty and a
 * destination would replace its data (invariant 5).
 */
function nothing(name: string, { states, beside, log }: FarosRun): OpenStream {
  return {
    partitions: async () => [{ key: '' }],
    cursor: () => ({
      open: (_saved, { full }) => {
        if (full) {
          throw new ConfigError('the source excludes this stream in this configuration', {
            code: 'faros.left_out',
            place: name,
            hint: 'remove the stream from the catalog, or change the configuration',
          });
        }
        log.warn(`the source excludes ${name} in this configuration; its state is kept`);
        const state = { state: states[name] ?? {}, ...(beside ? { beside: { ...beside } } : {}) };
        const part = { from: undefined, fresh: () => undefined, advance: () => {}, finish: () => {} };
        return { parts: [part], state: () => state };
      },
    }),
    read: async function* () {},
    context: [],
    keep: [],
  };
}

/**
 * The pages of a stream. Ends the stream's turn after the last page, and stops waiting as soon as the signal aborts.
 */
function inTurn(
  pages: AsyncGenerator<Page>,
  end: () => void,
  signal: AbortSignal | undefined,
): AsyncIterable<Page> {
  const iterator: AsyncIterator<Page> = {
    async next() {
      try {
        signal?.throwIfAborted();
        const next = await unlessStopped(pages.next(), signal);
        if (next.done) end();
        return next;
      } catch (error) {
        end();
        throw signal?.aborted ? error : asFarosError(error, '');
      }
    },
    async return() {
      end();
      // Do not wait for a source that is being stopped; it may be in a long request.
      if (!signal?.aborted) await pages.return(undefined);
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

/**
 * Resolves like `work`, or rejects with the signal's reason as soon as it aborts. Promise.race with a single promise
 * for the whole run would keep every page in memory.
 */
function unlessStopped<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal?.removeEventListener('abort', stop));
  });
}
