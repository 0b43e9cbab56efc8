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
  /** Undefined: side by side. */
  readonly turns: Turns | undefined;
}

/** What a stream of the CDK shows of itself; null and absent are the same. */
export function entryOf(stream: FarosStream): CatalogStream {
  return stream.asAirbyteStream() as CatalogStream;
}

/** A stream of the CDK as one of ours. @param isLeftOut the source itself said that it is not to be read */
export function streamOf(faros: FarosStream, run: FarosRun, isLeftOut: boolean): Stream<unknown> {
  const entry = entryOf(faros);
  const { name, json_schema: schema } = entry;
  return {
    name,
    description: String(schema.description ?? ''),
    schema: { properties: (schema.properties ?? {}) as JsonObject },
    // A key deep in a record: what it stands in stays as a whole.
    primaryKey: (entry.source_defined_primary_key ?? []).map((path) => path[0]!),
    cursorField: faros.supportsIncremental ? entry.default_cursor_field?.[0] : undefined,
    after: faros.dependencies ?? [],
    catalogEntry: entry,
    open: () => (isLeftOut ? nothing(name, run) : opened(faros, entry, run)),
  };
}

/** What stays of a record that is over the line limit. */
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
 * A stream that the source leaves out (its run mode, or it was read lately): nothing is read, its state stays.
 * One that would be read whole must not look empty: a destination would replace what it has (invariant 5).
 */
function nothing(name: string, { states, beside, log }: FarosRun): OpenStream {
  return {
    partitions: async () => [{ key: '' }],
    cursor: () => ({
      open: (_saved, { full }) => {
        if (full) {
          throw new ConfigError('the source leaves this stream out in this configuration', {
            code: 'faros.left_out',
            place: name,
            hint: 'leave it out of the catalog, or change the configuration',
          });
        }
        log.warn(`${name} is left out by the source in this configuration: its state stays as it is`);
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

/** The pages of a stream whose turn ends with them, and which does not wait any longer when it is told to stop. */
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
      // A source that is stopped is not waited for: it may be in the middle of a long request.
      if (!signal?.aborted) await pages.return(undefined);
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

/**
 * What `work` resolves to, or the signal's reason as soon as it is aborted. No Promise.race with one promise for
 * the whole run: that would keep every page.
 */
function unlessStopped<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal?.removeEventListener('abort', stop));
  });
}
