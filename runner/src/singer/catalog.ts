import { type CatalogStream, isObject, type JsonObject } from '@headrace/sdk/protocol';
import { DataError } from '@headrace/sdk/spec';
import type { ConfiguredCatalog } from '../engine/connector.ts';

/** One entry of a Singer catalog. Its members beyond these are handed back to the tap as they were. */
export interface SingerStream {
  readonly tap_stream_id: string;
  readonly stream?: string;
  readonly schema?: JsonObject;
  readonly metadata?: ReadonlyArray<{
    readonly breadcrumb: readonly string[];
    readonly metadata: JsonObject;
  }>;
  readonly key_properties?: readonly string[];
  readonly replication_key?: string | null;
  readonly [more: string]: unknown;
}

/** What `--discover` prints. */
export interface SingerCatalog {
  readonly streams: readonly SingerStream[];
}

/**
 * The catalog in the output of `--discover`. Some taps print other lines before it.
 * @throws DataError (`singer.no_catalog`)
 */
export function parseSingerCatalog(text: string, parse: (text: string) => unknown): SingerCatalog {
  const from = text.search(/^\s*\{/m);
  try {
    const value = parse(from === -1 ? text : text.slice(from));
    if (isObject(value) && Array.isArray(value.streams) && value.streams.every(isStream))
      return value as unknown as SingerCatalog;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new DataError('--discover printed no Singer catalog', {
    code: 'singer.no_catalog',
    hint: 'a tap without discovery cannot be used: its streams are not known before it reads',
  });
}

function isStream(value: unknown): boolean {
  return isObject(value) && typeof value.tap_stream_id === 'string';
}

/** The name of a stream: `stream`, unless two have the same. */
export function nameOf(one: SingerStream, catalog: SingerCatalog): string {
  const name = one.stream ?? one.tap_stream_id;
  const isUnique =
    catalog.streams.filter((other) => (other.stream ?? other.tap_stream_id) === name).length === 1;
  return isUnique ? name : one.tap_stream_id;
}

/** What the catalog says of a stream as a whole. */
function metadataOf({ metadata }: SingerStream): JsonObject {
  return metadata?.find(({ breadcrumb }) => breadcrumb.length === 0)?.metadata ?? {};
}

/** The streams as `discover` of the Airbyte protocol shows them. */
export function airbyteStreams(catalog: SingerCatalog): CatalogStream[] {
  return catalog.streams.map((one) => {
    const facts = metadataOf(one);
    const keys = listOf(facts['table-key-properties'] ?? facts['view-key-properties'] ?? one.key_properties);
    const forced =
      facts['forced-replication-method'] ?? facts['replication-method'] ?? one.replication_method;
    const cursors = listOf(facts['valid-replication-keys']);
    const cursor = [facts['replication-key'], one.replication_key, cursors[0]].find(isName);
    const isIncremental = (cursor !== undefined && forced !== 'FULL_TABLE') || forced === 'LOG_BASED';
    return {
      name: nameOf(one, catalog),
      json_schema: one.schema ?? {},
      supported_sync_modes: isIncremental ? ['full_refresh', 'incremental'] : ['full_refresh'],
      ...(isIncremental && cursor !== undefined ? { default_cursor_field: [cursor] } : {}),
      ...(keys.length > 0 ? { source_defined_primary_key: keys.map((key) => [key]) } : {}),
    };
  });
}

/**
 * The tap's own catalog with the streams of a run selected: in the metadata, and in the older places that some taps read.
 * All fields are selected, as with Airbyte.
 */
export function selectedCatalog(catalog: SingerCatalog, configured: ConfiguredCatalog): SingerCatalog {
  const wanted = new Map(configured.streams.map((one) => [one.stream.name, one]));
  return {
    ...catalog,
    streams: catalog.streams.map((one) => {
      const chosen = wanted.get(nameOf(one, catalog));
      if (!chosen) return { ...one, selected: false, metadata: withMetadata(one, { selected: false }) };
      const isForced = metadataOf(one)['forced-replication-method'] !== undefined;
      const cursor = chosen.cursor_field?.[0];
      const isIncremental = chosen.sync_mode === 'incremental' && cursor !== undefined;
      const method = isIncremental
        ? { 'replication-method': 'INCREMENTAL', 'replication-key': cursor }
        : { 'replication-method': 'FULL_TABLE' };
      const facts = isForced || (chosen.sync_mode === 'incremental' && !isIncremental) ? {} : method;
      const old =
        isIncremental && !isForced ? { replication_method: 'INCREMENTAL', replication_key: cursor } : {};
      return {
        ...one,
        ...old,
        selected: true,
        ...(isObject(one.schema) ? { schema: { ...one.schema, selected: true } } : {}),
        metadata: withMetadata(one, { selected: true, ...facts }),
      };
    }),
  };
}

function withMetadata(one: SingerStream, facts: JsonObject): NonNullable<SingerStream['metadata']> {
  const others = (one.metadata ?? []).filter(({ breadcrumb }) => breadcrumb.length > 0);
  const isSelected = facts.selected === true;
  return [
    { breadcrumb: [], metadata: { ...metadataOf(one), ...facts } },
    ...others.map(({ breadcrumb, metadata }) => ({
      breadcrumb,
      // "unsupported" fields stay out: the tap could not read them.
      metadata:
        isSelected && metadata.inclusion !== 'unsupported' ? { ...metadata, selected: true } : metadata,
    })),
  ];
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(isName) : [];
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
