import type { ErrorObject, ValidateFunction } from 'ajv';
import { ConfigError, ConfigErrors } from '../errors.ts';
import { isObject } from './is-object.ts';
import { type DestinationSyncMode, type JsonObject, type SyncMode, streamKey } from './messages.ts';

/** One stream of a configured catalog. Whatever the caller omitted or sent as null is undefined. */
export interface ConfiguredStream {
  readonly name: string;
  readonly namespace?: string;
  /** The stream's JSON schema as given; `{}` if absent. */
  readonly jsonSchema: JsonObject;
  readonly syncMode: SyncMode;
  readonly destinationSyncMode: DestinationSyncMode;
  /** Path of the cursor: the configured one, otherwise the stream's default. */
  readonly cursorField?: readonly string[];
  /** Paths of the primary key's fields: the configured ones, otherwise those that the source defines. */
  readonly primaryKey?: ReadonlyArray<readonly string[]>;
  readonly generationId?: number;
  readonly minimumGenerationId?: number;
  readonly syncId?: number;
}

/** A validated configured catalog, for `read` or `write`. */
export interface ConfiguredCatalog {
  readonly streams: readonly ConfiguredStream[];
}

interface RawStream {
  stream: {
    name: string;
    namespace?: string;
    json_schema: JsonObject;
    default_cursor_field?: string[];
    source_defined_primary_key?: string[][];
  };
  sync_mode: SyncMode;
  destination_sync_mode: DestinationSyncMode;
  cursor_field?: string[];
  primary_key?: string[][];
  generation_id?: number;
  minimum_generation_id?: number;
  sync_id?: number;
}

/**
 * Parses a configured catalog written by the platform, PyAirbyte or a person. Unknown keys are ignored and nulls
 * count as absent. The output of `discover` is accepted too, and configured like a read without a catalog.
 * Required values that a caller may omit get a default (`full_refresh`, `append`, `{}` for the schema).
 * @param place names the catalog in errors: `--catalog`
 * @throws ConfigErrors listing every mistake
 */
export async function parseConfiguredCatalog(value: unknown, place: string): Promise<ConfiguredCatalog> {
  const catalog = withDefaults(value);
  const check = await compiled();
  const errors = check(catalog) ? [] : (check.errors ?? []).map((error) => readable(error, place));
  if (errors.length > 0) throw new ConfigErrors(errors);
  const { streams } = catalog as { streams: RawStream[] };
  errors.push(...repeated(streams, place), ...generations(streams, place));
  if (errors.length > 0) throw new ConfigErrors(errors);
  return { streams: streams.map(normalised) };
}

/**
 * The CATALOG message in the output of `discover`, which may also contain logs; undefined if there is none. People
 * pass this output as `--catalog`.
 */
export function discoveredCatalog(text: string): unknown {
  for (const line of text.split('\n')) {
    if (!line.includes('"CATALOG"')) continue;
    try {
      const message: unknown = JSON.parse(line);
      if (isObject(message) && message.type === 'CATALOG') return message;
    } catch {
      return undefined; // The text does not have one message per line. The caller parses it as a whole and reports what is wrong.
    }
  }
  return undefined;
}

let validate: ValidateFunction | undefined;

/** Ajv is loaded with the first catalog, because `spec` never needs it. */
async function compiled(): Promise<ValidateFunction> {
  if (!validate) {
    // In a bundle, a dynamically imported CommonJS module only has its default export.
    const [{ default: library }, { protocolSchema }] = await Promise.all([
      import('ajv'),
      import('./protocol-schema.ts'),
    ]);
    const options = { allErrors: true, strict: false, validateFormats: false, validateSchema: false };
    const ajv = new library.Ajv(options);
    const { definitions } = protocolSchema;
    validate = ajv.compile({ $ref: '#/definitions/ConfiguredAirbyteCatalog', definitions });
  }
  return validate;
}

function withoutNulls(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null));
}

/** A stream from `discover`, configured the way a read without a catalog would read it. */
function configured(item: unknown): unknown {
  if (!isObject(item) || item.stream !== undefined || typeof item.name !== 'string') return item;
  const modes = item.supported_sync_modes;
  const sync_mode = Array.isArray(modes) && modes.includes('incremental') ? 'incremental' : 'full_refresh';
  return { stream: item, sync_mode };
}

/**
 * A copy without nulls (except in schemas) and with defaults. Values of an unexpected shape are left for
 * validation.
 */
function withDefaults(given: unknown): unknown {
  const value = isObject(given) && given.type === 'CATALOG' ? given.catalog : given;
  if (!isObject(value) || !Array.isArray(value.streams)) return value;
  const streams = value.streams.map(configured).map((item: unknown) => {
    if (!isObject(item)) return item;
    const complete = withoutNulls({ sync_mode: null, destination_sync_mode: null, ...item });
    complete.sync_mode ??= 'full_refresh';
    complete.destination_sync_mode ??= 'append';
    if (isObject(item.stream)) {
      const stream = withoutNulls(item.stream);
      stream.json_schema ??= {};
      stream.supported_sync_modes ??= [complete.sync_mode];
      complete.stream = stream;
    }
    return complete;
  });
  return { ...value, streams };
}

function normalised(raw: RawStream): ConfiguredStream {
  const { stream } = raw;
  return {
    name: stream.name,
    namespace: stream.namespace || undefined,
    jsonSchema: stream.json_schema,
    syncMode: raw.sync_mode,
    destinationSyncMode: raw.destination_sync_mode,
    cursorField: some(raw.cursor_field) ?? some(stream.default_cursor_field),
    primaryKey: some(raw.primary_key) ?? some(stream.source_defined_primary_key),
    generationId: raw.generation_id,
    minimumGenerationId: raw.minimum_generation_id,
    syncId: raw.sync_id,
  };
}

/** An empty list means the same as no list. */
function some<T>(list: T[] | undefined): T[] | undefined {
  return list && list.length > 0 ? list : undefined;
}

function repeated(streams: RawStream[], place: string): ConfigError[] {
  const seen = new Map<string, number>();
  return streams.flatMap(({ stream }, i) => {
    const key = streamKey({ name: stream.name, namespace: stream.namespace });
    const first = seen.get(key);
    if (first === undefined) seen.set(key, i);
    if (first === undefined) return [];
    return [
      new ConfigError(`${stream.name} is configured twice (see streams[${first}])`, {
        code: 'catalog.repeated_stream',
        place: `${place}.streams[${i}]`,
      }),
    ];
  });
}

/**
 * Rejects a minimum generation between 0 and the current one: it means neither "keep everything" nor "replace
 * everything" (checklist 60).
 */
function generations(streams: RawStream[], place: string): ConfigError[] {
  return streams.flatMap(({ stream, generation_id, minimum_generation_id: minimum }, i) => {
    if (!minimum || minimum === generation_id) return [];
    return [
      new ConfigError(
        `${stream.name}: minimum_generation_id is ${minimum}, generation_id ${generation_id ?? 'missing'}`,
        {
          code: 'catalog.unsupported_generation',
          place: `${place}.streams[${i}].minimum_generation_id`,
          hint: 'it must be 0 (keep what is there) or equal to generation_id (replace it)',
        },
      ),
    ];
  });
}

function readable(error: ErrorObject, place: string): ConfigError {
  const at = place + error.instancePath.replace(/\/(\d+)(?=\/|$)/g, '[$1]').replaceAll('/', '.');
  switch (error.keyword) {
    case 'required': {
      const name = `${at}.${String(error.params.missingProperty)}`;
      return new ConfigError(`${name} is required`, { code: 'catalog.field_required', place: name });
    }
    case 'type':
      return new ConfigError(`${at} must be of type ${String(error.params.type)}`, {
        code: 'catalog.wrong_type',
        place: at,
      });
    case 'enum': {
      const allowed = (error.params.allowedValues as unknown[]).join(', ');
      return new ConfigError(`${at} must be one of ${allowed}`, { code: 'catalog.not_allowed', place: at });
    }
    default:
      return new ConfigError(`${at} ${error.message ?? 'is not valid'}`, {
        code: `catalog.${error.keyword}`,
        place: at,
      });
  }
}
